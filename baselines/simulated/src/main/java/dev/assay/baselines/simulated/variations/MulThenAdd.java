package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Products are rounded before they are added.
final class MulThenAdd extends Variation {
    MulThenAdd() {
        super("mul-then-add", "14", "products are rounded before they are added", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.UNFUSED);
    }
}
