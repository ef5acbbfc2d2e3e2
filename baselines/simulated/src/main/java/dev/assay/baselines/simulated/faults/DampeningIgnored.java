package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The gradient goes into the momentum in full.
final class DampeningIgnored extends Fault {
    DampeningIgnored() {
        super(
                "dampening-ignored",
                "",
                List.of("bound", "rms", "bias"),
                List.of("attribute"),
                "gradients are not dampened",
                "sgd");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "dampening", 0);
    }
}
