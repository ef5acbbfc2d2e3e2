package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
import dev.assay.baselines.simulated.Variation;

/// Moments of parts, merged as Chan, Golub and LeVeque do.
final class ParallelWelford extends Variation {
    ParallelWelford() {
        super("parallel-welford", "50", "32 lanes of Welford's recurrence are put together", "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.method(Method.PARALLEL_WELFORD);
    }
}
