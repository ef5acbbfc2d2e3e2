package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The variance is divided by n - 1.
final class UnbiasedVariance extends Fault {
    UnbiasedVariance() {
        super(
                "unbiased-variance",
                "N02",
                List.of("bound", "rms", "bias"),
                List.of("variance-formula"),
                "the variance is divided by n - 1",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.divisor(length -> length - 1);
    }
}
