package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// Partial sums keep the type of the accumulator.
final class SplitK2 extends Variation {
    SplitK2() {
        super("split-k-2", "7", "sums are split in 2, partial sums in f32", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.split(2, DType.F32));
    }
}
