package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Variation;

/// Nothing is lost of a small exponential.
final class SoftplusByLog1p extends Variation {
    SoftplusByLog1p() {
        super("softplus-by-log1p", "39", "the logarithm of 1 + x is one function", "softplus", "mish");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double log1p(double x) {
                return round(Math.log1p(x));
            }
        };
    }
}
