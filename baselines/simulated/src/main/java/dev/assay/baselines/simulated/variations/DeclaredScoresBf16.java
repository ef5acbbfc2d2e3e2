package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// bf16 scores, with a contract that says so.
final class DeclaredScoresBf16 extends Variation {
    DeclaredScoresBf16() {
        super("declared-scores-bf16", "", "scores are rounded to bf16, as declared", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scores(DType.BF16);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return declared.toBuilder().scores(Stored.as(DType.BF16)).build();
    }
}
