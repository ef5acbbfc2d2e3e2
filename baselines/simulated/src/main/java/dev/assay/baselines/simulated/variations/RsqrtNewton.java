package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// A 12-bit estimate and one step of Newton's method.
final class RsqrtNewton extends Variation {
    RsqrtNewton() {
        super("rsqrt-newton", "34", "the inverse deviation is an estimate, refined once", "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.inverse((variance, epsilon) -> {
            float value = variance + epsilon;
            float estimate = Summations.rounded(1 / (float) Math.sqrt(value), 12);
            float refined = estimate * (1.5f - 0.5f * value * estimate * estimate);
            return Float.isFinite(refined) ? refined : estimate;
        });
    }
}
