package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Variation;

/// The weight is multiplied with the inverse deviation first.
final class WeightFirst extends Variation {
    WeightFirst() {
        super("weight-first", "51", "the weight is multiplied with the inverse deviation first", "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> (x - mean) * (inverse * weight) + bias);
    }
}
