package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// What was in the buffer before training began.
final class FirstStepIgnored extends Fault {
    FirstStepIgnored() {
        super(
                "first-step-ignored",
                "",
                List.of("bound", "rms", "bias"),
                List.of("attribute"),
                "the momentum of the first step is that of whatever is in its buffer",
                "sgd");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "is_first_step", 0);
    }
}
