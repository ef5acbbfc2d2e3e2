package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// The product of dY and V leaves its kernel in the type of its operands.
final class ProbabilityGradientsBf16 extends Fault {
    ProbabilityGradientsBf16() {
        super(
                "probability-gradients-bf16",
                "",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate"),
                "the gradients of probabilities are rounded to bf16",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double probabilityGradient(double value) {
                return DType.BF16.round(value);
            }
        });
    }
}
