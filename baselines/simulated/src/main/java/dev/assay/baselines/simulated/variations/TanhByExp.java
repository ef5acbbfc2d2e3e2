package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Variation;

/// There is a unit for exponentials less 1 and none for this.
final class TanhByExp extends Variation {
    TanhByExp() {
        super("tanh-by-exp", "37", "hyperbolic tangents are put together from exponentials", "tanh", "gelu", "mish");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double tanh(double x) {
                double grown = function(Math::expm1, 2 * Math.min(Math.abs(x), 20));
                return Math.copySign(divide(grown, add(grown, 2)), x);
            }
        };
    }
}
