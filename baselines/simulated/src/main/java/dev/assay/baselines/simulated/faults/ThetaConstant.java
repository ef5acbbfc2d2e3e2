package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The base of the first model that the kernel served.
final class ThetaConstant extends Fault {
    ThetaConstant() {
        super(
                "theta-constant",
                "",
                List.of("bound"),
                List.of("attribute"),
                "the base of the angles is always 10,000",
                "rope",
                "rope_in_place");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "theta", 10000);
    }
}
