package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Cores share the terms of all sums evenly, so that borders fall anywhere.
final class StreamK extends Variation {
    StreamK() {
        super("stream-k", "8", "sums are split in five unequal parts", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.uneven(5));
    }
}
