package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.baselines.simulated.VectorUnits;

/// Kahan's compensation.
final class CompensatedSum extends Variation {
    CompensatedSum() {
        super(
                "compensated-sum",
                "17",
                "sums carry their rounding errors along",
                Operators.all(
                        new String[] {"matmul", "layer_normalization"},
                        Operators.ofSums(),
                        Operators.ofProductGradients(),
                        Operators.ofGraphs(),
                        Operators.ofFactors()));
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.COMPENSATED);
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.COMPENSATED);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.COMPENSATED);
    }
}
