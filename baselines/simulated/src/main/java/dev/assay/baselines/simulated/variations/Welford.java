package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
import dev.assay.baselines.simulated.Variation;

/// Mean and variance in one pass by Welford's recurrence.
final class Welford extends Variation {
    Welford() {
        super("welford", "50", "mean and variance in one pass by Welford's recurrence", "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.method(Method.WELFORD);
    }
}
