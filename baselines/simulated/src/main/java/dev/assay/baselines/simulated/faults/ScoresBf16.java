package dev.assay.baselines.simulated.faults;

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
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scores(DType.BF16);
    }
}
