package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Kahan's compensation.
final class CompensatedSum extends Variation {
    CompensatedSum() {
        super("compensated-sum", "17", "sums carry their rounding errors along", "matmul", "layer_normalization");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.COMPENSATED);
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.COMPENSATED);
    }
}
