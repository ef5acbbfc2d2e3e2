package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
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
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.method(Method.NAIVE);
    }
}
