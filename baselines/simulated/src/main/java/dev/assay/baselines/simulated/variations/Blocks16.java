package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// As tiled kernels do that do not chain their tiles.
final class Blocks16 extends Variation {
    Blocks16() {
        super("blocks-16", "5", "blocks of 16 terms are summed from zero and then added", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.blocks(16));
    }
}
