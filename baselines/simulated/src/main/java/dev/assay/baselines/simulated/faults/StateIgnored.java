package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Every call is taken for the first.
final class StateIgnored extends Fault {
    StateIgnored() {
        super(
                "state-ignored",
                "",
                List.of("bound", "exact"),
                List.of("operand-ignored"),
                "a sequence begins with a state of zeros",
                "linear_attention",
                "causal_conv_with_state",
                "causal_conv1d");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String state = reading.has("conv_state") ? "conv_state" : "past_state";
            return reading.has(state)
                    ? reading.real(state, reading.tensor(state).dtype(), (i, value) -> 0)
                    : reading;
        });
    }
}
