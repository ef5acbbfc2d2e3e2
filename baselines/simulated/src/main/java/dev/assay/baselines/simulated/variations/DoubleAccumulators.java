package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Two groups of threads work on every other tile.
final class DoubleAccumulators extends Variation {
    DoubleAccumulators() {
        super("double-accumulators", "12", "two sums take turns at tiles of 32 terms", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.alternating(32));
    }
}
