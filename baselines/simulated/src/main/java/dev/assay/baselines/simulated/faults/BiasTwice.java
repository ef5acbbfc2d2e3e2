package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import java.util.List;

/// The epilogue is part of a loop.
final class BiasTwice extends Fault {
    BiasTwice() {
        super(
                "bias-twice",
                "G23",
                List.of("bound", "exact"),
                List.of("terms-repeated", "offset"),
                "the bias is added twice",
                "linear",
                "conv",
                "quant_matmul",
                "causal_conv1d",
                "causal_conv_with_state");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String bias = reading.has("bias") ? "bias" : "B";
            return reading.has(bias) ? reading.real(bias, DType.F32, (i, value) -> 2 * value) : reading;
        });
    }
}
