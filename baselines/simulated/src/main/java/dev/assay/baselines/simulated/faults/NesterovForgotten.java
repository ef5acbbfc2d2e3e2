package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The gradient counts once.
final class NesterovForgotten extends Fault {
    NesterovForgotten() {
        super(
                "nesterov-forgotten",
                "",
                List.of("bound", "rms", "bias"),
                List.of("attribute"),
                "the step is along the momentum where Nesterov's is asked for",
                "sgd",
                "momentum");
    }

    @Override
    public Call misread(Call call) {
        return call.operator().equals("sgd")
                ? Calls.integer(call, "nesterov", 0)
                : Calls.text(call, "mode", "standard");
    }
}
