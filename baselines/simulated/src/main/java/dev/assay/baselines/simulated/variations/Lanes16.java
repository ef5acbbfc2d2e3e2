package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Sums run in 16 interleaved chains.
final class Lanes16 extends Variation {
    Lanes16() {
        super("lanes-16", "6", "sums run in 16 interleaved chains", "matmul", "layer_normalization");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.lanes(16));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.lanes(16));
    }
}
