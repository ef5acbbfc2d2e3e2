package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The count is increased before and after.
final class StepOffByOne extends Fault {
    StepOffByOne() {
        super(
                "step-off-by-one",
                "",
                List.of("bound", "rms", "bias"),
                List.of("off-by-one"),
                "the step is counted one too high",
                "adamw",
                "adam",
                "adagrad",
                "momentum");
    }

    @Override
    public Call misread(Call call) {
        String count = call.operator().equals("adamw") ? "step" : "T";
        long number = call.constants().getOrDefault(count, List.of(0L)).getFirst();
        return Calls.constant(call, count, List.of(number + 1));
    }
}
