package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// As vector units of this width do.
final class Lanes128 extends Variation {
    Lanes128() {
        super("lanes-128", "6", "sums run in 128 interleaved chains", "matmul", "layer_normalization");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.lanes(128));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.lanes(128));
    }
}
