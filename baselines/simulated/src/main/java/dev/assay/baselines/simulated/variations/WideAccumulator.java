package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Sums are kept in f64 and rounded to f32 once.
final class WideAccumulator extends Variation {
    WideAccumulator() {
        super("wide-accumulator", "16", "sums are kept in f64", "matmul", "layer_normalization");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.DOUBLE);
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.DOUBLE);
    }
}
