package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// As tiled kernels do that do not chain their tiles.
final class Blocks64 extends Variation {
    Blocks64() {
        super("blocks-64", "5", "blocks of 64 terms are summed from zero and then added", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.blocks(64));
    }
}
