package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// As tiled kernels do that do not chain their tiles.
final class Blocks4 extends Variation {
    Blocks4() {
        super("blocks-4", "5", "blocks of 4 terms are summed from zero and then added", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.blocks(4));
    }
}
