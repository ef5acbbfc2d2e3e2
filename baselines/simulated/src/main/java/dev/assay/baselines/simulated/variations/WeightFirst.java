package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Variation;

/// The weight is multiplied with the inverse deviation first.
final class WeightFirst extends Variation {
    WeightFirst() {
        super(
                "weight-first",
                "51",
                "the weight is multiplied with the inverse deviation first",
                Operators.all(
                        new String[] {"layer_normalization"},
                        new String[] {"rms_normalization", "add_rms_normalization", "qk_normalization"}));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> (x - mean) * (inverse * weight) + bias);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double product(double a, double b, double c) {
                return multiply(a, multiply(b, c));
            }
        };
    }
}
