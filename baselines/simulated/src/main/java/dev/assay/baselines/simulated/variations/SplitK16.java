package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// Partial sums keep the type of the accumulator.
final class SplitK16 extends Variation {
    SplitK16() {
        super("split-k-16", "7", "sums are split in 16, partial sums in f32", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.split(16, DType.F32));
    }
}
