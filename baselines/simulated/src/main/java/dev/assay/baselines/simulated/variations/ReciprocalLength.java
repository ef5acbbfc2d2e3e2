package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Variation;

/// A multiplication in place of a division.
final class ReciprocalLength extends Variation {
    ReciprocalLength() {
        super("reciprocal-length", "33", "sums are multiplied by the reciprocal of the length", "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.mean((sum, length) -> sum * (1f / length));
    }
}
