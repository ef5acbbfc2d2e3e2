package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Sums run from the last term to the first.
final class DescendingK extends Variation {
    DescendingK() {
        super("descending-k", "2", "sums run from the last term to the first", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.DESCENDING);
    }
}
