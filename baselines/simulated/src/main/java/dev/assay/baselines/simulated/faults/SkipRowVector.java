package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import java.util.List;

/// The tail of a row is left out of the sums.
final class SkipRowVector extends Fault {
    SkipRowVector() {
        super(
                "skip-row-vector",
                "N07",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "the statistics leave out what does not fill a vector of 8",
                Operators.all(new String[] {"layer_normalization"}, Operators.ofSums()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.used(length -> length / 8 * 8);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double sum(double[] terms, int count) {
                return super.sum(terms, count / 8 * 8);
            }

            @Override
            public double dot(double[] a, double[] b, int count) {
                return super.dot(a, b, count / 8 * 8);
            }

            @Override
            public double squaredDistances(double[] x, double mean, int count) {
                return super.squaredDistances(x, mean, count / 8 * 8);
            }
        };
    }
}
