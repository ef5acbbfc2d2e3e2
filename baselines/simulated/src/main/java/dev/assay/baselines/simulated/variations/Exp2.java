package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Exponentials;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Variation;

/// Exponentials are powers of two of the scaled distance from the maximum.
final class Exp2 extends Variation {
    Exp2() {
        super(
                "exp2",
                "31",
                "exponentials are powers of two",
                Operators.all(new String[] {"attention"}, Operators.ofExponentials()));
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.exp(Exponentials.BASE_TWO);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double exp(double x) {
                return round(Math.pow(2, multiply(x, round(1 / Math.log(2)))));
            }
        };
    }
}
