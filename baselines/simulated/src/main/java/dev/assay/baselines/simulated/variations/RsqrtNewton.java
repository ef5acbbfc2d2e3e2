package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// A 12-bit estimate and one step of Newton's method.
final class RsqrtNewton extends Variation {
    RsqrtNewton() {
        super(
                "rsqrt-newton",
                "34",
                "the inverse deviation is an estimate, refined once",
                Operators.all(new String[] {"layer_normalization"}, Operators.withEpsilon()));
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

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double reciprocalSqrt(double x) {
                if (type() == DType.F64) {
                    return super.reciprocalSqrt(x);
                }
                double estimate = Summations.rounded((float) super.reciprocalSqrt(x), 12);
                double square = multiply(multiply(x, estimate), estimate);
                double refined = multiply(estimate, subtract(1.5, multiply(0.5, square)));
                return Double.isFinite(refined) ? refined : estimate;
            }
        };
    }
}
