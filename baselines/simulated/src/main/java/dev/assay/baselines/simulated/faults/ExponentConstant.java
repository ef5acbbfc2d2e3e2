package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The attribute is ignored.
final class ExponentConstant extends Fault {
    ExponentConstant() {
        super(
                "exponent-constant",
                "",
                List.of("bound"),
                List.of("attribute"),
                "the polynomial of the cutoff has the exponent 6, or 5 where that is asked for",
                "radial_basis");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "p", call.attributes().integer("p") == 6 ? 5 : 6);
    }
}
