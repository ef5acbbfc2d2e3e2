package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The distance of taps is a detail of later versions.
final class DilationsIgnored extends Fault {
    DilationsIgnored() {
        super(
                "dilations-ignored",
                "",
                List.of("bound", "exact"),
                List.of("misplaced", "attribute"),
                "taps are neighbours",
                "conv",
                "conv_grad");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("dilations")
                ? Calls.attribute(
                        call,
                        "dilations",
                        new Attribute.Ints(call.attributes().integers("dilations").stream()
                                .map(dilation -> 1L)
                                .toList()))
                : call;
    }
}
