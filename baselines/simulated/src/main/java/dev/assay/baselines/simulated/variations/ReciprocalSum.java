package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Variation;

/// One division for a row.
final class ReciprocalSum extends Variation {
    ReciprocalSum() {
        super(
                "reciprocal-sum",
                "33",
                "results are multiplied by the denominator's reciprocal",
                Operators.all(
                        new String[] {"attention"},
                        new String[] {"softmax", "moe_softmax_topk", "adamw", "adam", "adagrad"}));
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.reciprocal();
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double divide(double a, double b) {
                return multiply(a, super.divide(1, b));
            }
        };
    }
}
