package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
import dev.assay.baselines.simulated.Variation;

/// A difference of moments about a point near the mean.
final class ShiftedVariance extends Variation {
    ShiftedVariance() {
        super(
                "shifted-variance",
                "50",
                "the first element is subtracted from a row before its moments are taken",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.method(Method.SHIFTED);
    }
}
