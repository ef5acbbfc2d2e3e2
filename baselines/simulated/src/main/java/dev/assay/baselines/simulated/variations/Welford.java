package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Variation;

/// Mean and variance in one pass by Welford's recurrence.
final class Welford extends Variation {
    Welford() {
        super(
                "welford",
                "50",
                "mean and variance in one pass by Welford's recurrence",
                Operators.all(new String[] {"layer_normalization"}, Operators.ofVariances()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.method(Method.WELFORD);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double squaredDistances(double[] x, double mean, int count) {
                double sofar = 0;
                double squares = 0;
                for (int i = 0; i < count; i++) {
                    double distance = subtract(x[i], sofar);
                    sofar = add(sofar, divide(distance, i + 1));
                    squares = add(squares, multiply(distance, subtract(x[i], sofar)));
                }
                return squares;
            }
        };
    }
}
