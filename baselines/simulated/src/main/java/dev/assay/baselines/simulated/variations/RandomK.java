package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Terms are taken in a random order, the same at every launch.
final class RandomK extends Variation {
    RandomK() {
        super("random-k", "3", "sums run in a random order", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.shuffled(7));
    }
}
