package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// One chain.
final class AscendingK extends Variation {
    AscendingK() {
        super("ascending-k", "1", "sums run from the first term to the last", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.CHAINED);
    }
}
