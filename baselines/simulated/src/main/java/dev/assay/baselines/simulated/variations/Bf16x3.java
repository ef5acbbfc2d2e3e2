package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.baselines.simulated.VectorUnits;

/// Three parts of 8 bits hold an f32; the smallest products are left out.
final class Bf16x3 extends Variation {
    Bf16x3() {
        super(
                "bf16x3",
                "22",
                "f32 products are put together from six products of bf16 parts",
                "matmul",
                "linear",
                "gemm",
                "einsum",
                "conv",
                "grouped_matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.pieces(3, 8, (left, right) -> left + right < 3));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.pieces(3, 8, (left, right) -> left + right < 3));
    }
}
