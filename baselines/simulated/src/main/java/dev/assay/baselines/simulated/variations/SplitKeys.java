package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// Split decoding.
final class SplitKeys extends Variation {
    SplitKeys() {
        super(
                "split-keys",
                "45",
                "keys are split in four, and results put together by their log-sum-exps",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.splits((batch, keys) -> 4);
    }
}
