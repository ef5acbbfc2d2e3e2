package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// Partial sums keep the type of the accumulator.
final class SplitK64 extends Variation {
    SplitK64() {
        super("split-k-64", "7", "sums are split in 64, partial sums in f32", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.split(64, DType.F32));
    }
}
