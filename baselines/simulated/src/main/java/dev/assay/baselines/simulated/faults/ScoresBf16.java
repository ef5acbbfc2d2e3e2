package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// Scores are stored in bf16 before the softmax.
final class ScoresBf16 extends Fault {
    ScoresBf16() {
        super(
                "scores-bf16",
                "A14",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate"),
                "scores are rounded to bf16",
                "attention",
                "attention_grad");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scores(DType.BF16);
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double score(double value) {
                return DType.BF16.round(value);
            }
        });
    }
}
