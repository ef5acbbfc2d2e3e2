package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.baselines.simulated.VectorUnits;

/// Sums are binary trees.
final class PairwiseSum extends Variation {
    PairwiseSum() {
        super(
                "pairwise-sum",
                "4",
                "sums are binary trees",
                Operators.all(
                        new String[] {"matmul", "layer_normalization"},
                        Operators.ofSums(),
                        Operators.ofProductGradients(),
                        Operators.ofGraphs(),
                        Operators.ofFactors()));
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.PAIRWISE);
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.PAIRWISE);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.PAIRWISE);
    }
}
