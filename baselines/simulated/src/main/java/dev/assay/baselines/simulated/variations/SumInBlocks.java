package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Tiles along k are summed from zero and then added.
final class SumInBlocks extends Variation {
    SumInBlocks() {
        super("sum-in-blocks", "5", "tiles along k are summed from zero and then added", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.blocks(32));
    }
}
