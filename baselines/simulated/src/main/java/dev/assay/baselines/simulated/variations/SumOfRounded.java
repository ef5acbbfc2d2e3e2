package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// The denominator is the sum of the rounded probabilities.
final class SumOfRounded extends Variation {
    SumOfRounded() {
        super("sum-of-rounded", "43", "the denominator is the sum of the rounded probabilities", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.sumOfRounded();
    }
}
