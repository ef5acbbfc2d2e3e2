package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summation;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// What is left out is 2^-22 of a product. Sums too short for the matrix unit are left to the vector unit.
final class Tf32x3 extends Variation {
    private static final int SHORTEST = 8;

    Tf32x3() {
        super("tf32x3", "22", "f32 products are put together from three products of tf32 parts", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        Summation usual = numerics.usual();
        Summation parts = Summations.pieces(2, 11, (left, right) -> left + right < 2);
        return numerics.summation((a, b, count) -> (count < SHORTEST ? usual : parts).dot(a, b, count));
    }
}
