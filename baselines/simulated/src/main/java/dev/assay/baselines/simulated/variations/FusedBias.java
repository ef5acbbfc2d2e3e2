package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Variation;

/// One rounding less.
final class FusedBias extends Variation {
    FusedBias() {
        super("fused-bias", "13", "weight and bias are applied by one fused multiply-add", "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> Math.fma((x - mean) * inverse, weight, bias));
    }
}
