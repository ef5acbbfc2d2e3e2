package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.baselines.simulated.VectorUnits;

/// Sums run from the last term to the first.
final class DescendingK extends Variation {
    DescendingK() {
        super(
                "descending-k",
                "2",
                "sums run from the last term to the first",
                Operators.all(new String[] {"matmul"}, Operators.ofSums()));
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.DESCENDING);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.DESCENDING);
    }
}
