package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Variation;

/// The sign of a zero is not promised.
final class NegativeZero extends Variation {
    NegativeZero() {
        super("negative-zero", "55", "zero results are negative", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result((value, output, row, column) -> value == 0 ? -0.0 : value);
    }
}
