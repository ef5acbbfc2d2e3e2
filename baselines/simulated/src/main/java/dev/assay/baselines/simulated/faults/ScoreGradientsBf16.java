package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// The matrix unit takes operands of 16 bits, and nobody has said so.
final class ScoreGradientsBf16 extends Fault {
    ScoreGradientsBf16() {
        super(
                "score-gradients-bf16",
                "",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate"),
                "the gradients of scores are rounded to bf16",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double scoreGradient(double value) {
                return DType.BF16.round(value);
            }
        });
    }
}
