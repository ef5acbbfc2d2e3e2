package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// One division for a row.
final class ReciprocalSum extends Variation {
    ReciprocalSum() {
        super("reciprocal-sum", "33", "results are multiplied by the denominator's reciprocal", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.reciprocal();
    }
}
