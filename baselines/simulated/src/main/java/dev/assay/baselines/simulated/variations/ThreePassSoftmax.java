package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// Maximum, denominator and weighted values in a pass each.
final class ThreePassSoftmax extends Variation {
    ThreePassSoftmax() {
        super(
                "three-pass-softmax",
                "40",
                "probabilities are divided by their sum before they meet the values",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.dividesFirst();
    }
}
