package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;

/// Scores are stored in bf16 before the softmax.
final class ScoresBf16 extends Fault {
    ScoresBf16() {
        super("scores-bf16", "bound", "scores are rounded to bf16", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.edit().scores(DType.BF16).done();
    }
}
