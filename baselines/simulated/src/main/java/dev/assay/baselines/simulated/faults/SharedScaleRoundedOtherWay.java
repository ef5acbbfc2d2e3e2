package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The exponent is that of the largest, or the next.
final class SharedScaleRoundedOtherWay extends Fault {
    SharedScaleRoundedOtherWay() {
        super(
                "shared-scale-rounded-other-way",
                "M11",
                List.of("exact", "bound"),
                List.of("scale", "attribute"),
                "shared scales are rounded up in place of down, and the other way round",
                "mx_quantize");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "round_scale_up", 1 - call.attributes().integer("round_scale_up"));
    }
}
