package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Beta is 0 where it should be 1.
final class GradientOverwritten extends Fault {
    GradientOverwritten() {
        super(
                "gradient-overwritten",
                "",
                List.of("bound", "exact"),
                List.of("operand-ignored"),
                "the gradient of former steps is overwritten",
                "linear_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Reading read = reading.has("dW_sum") ? reading.without("dW_sum") : reading;
            return read.has("dB_sum") ? read.without("dB_sum") : read;
        });
    }
}
