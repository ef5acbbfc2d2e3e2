package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
import dev.assay.baselines.simulated.Operators;
import java.util.List;

/// The variance is the mean of squares less the square of the mean.
final class NaiveVariance extends Fault {
    NaiveVariance() {
        super(
                "naive-variance",
                "N01",
                List.of("bound", "contract"),
                List.of("variance-formula"),
                "the variance is E(x^2) - E(x)^2",
                Operators.all(new String[] {"layer_normalization"}, Operators.ofVariances()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.method(Method.NAIVE);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double squaredDistances(double[] x, double mean, int count) {
                return subtract(dot(x, x, count), multiply(multiply(mean, mean), count));
            }
        };
    }
}
