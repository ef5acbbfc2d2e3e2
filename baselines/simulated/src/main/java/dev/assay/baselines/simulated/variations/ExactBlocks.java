package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Tensor cores without truncation.
final class ExactBlocks extends Variation {
    ExactBlocks() {
        super(
                "exact-blocks",
                "15",
                "blocks of 8 products and the running sum are added exactly and rounded once",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.exactBlocks(8));
    }
}
