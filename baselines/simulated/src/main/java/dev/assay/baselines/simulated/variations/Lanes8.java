package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.baselines.simulated.VectorUnits;

/// As vector units of this width do.
final class Lanes8 extends Variation {
    Lanes8() {
        super(
                "lanes-8",
                "6",
                "sums run in 8 interleaved chains",
                Operators.all(
                        new String[] {"matmul", "layer_normalization"},
                        Operators.ofSums(),
                        Operators.ofGraphs(),
                        Operators.ofFactors()));
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.lanes(8));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.lanes(8));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.lanes(8));
    }
}
