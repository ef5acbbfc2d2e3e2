package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// Sums are split in four parts that are added in f32.
final class SplitK4 extends Variation {
    SplitK4() {
        super("split-k-4", "7", "sums are split in four, partial sums in f32", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.split(4, DType.F32));
    }
}
