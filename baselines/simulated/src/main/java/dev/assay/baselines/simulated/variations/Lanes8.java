package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// As vector units of this width do.
final class Lanes8 extends Variation {
    Lanes8() {
        super("lanes-8", "6", "sums run in 8 interleaved chains", "matmul", "layer_normalization");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.lanes(8));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.lanes(8));
    }
}
