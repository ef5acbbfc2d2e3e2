package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summation;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.baselines.simulated.VectorUnits;

/// What is left out is 2^-22 of a product. Sums too short for the matrix unit are left to the vector unit.
final class Tf32x3 extends Variation {
    private static final int SHORTEST = 8;

    /// What is left out of each product adds up as the roundings of a chain do, but for a start: with 16 terms mean
    /// errors are 1.4 times those of f32, with 64 they are 1.1 times.
    private static final int SHORTEST_ON_VECTOR_UNITS = 64;

    Tf32x3() {
        super(
                "tf32x3",
                "22",
                "f32 products are put together from three products of tf32 parts",
                "matmul",
                "linear",
                "gemm",
                "einsum",
                "conv",
                "grouped_matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        Summation usual = numerics.usual();
        Summation parts = Summations.pieces(2, 11, (left, right) -> left + right < 2);
        return numerics.summation((a, b, count) -> (count < SHORTEST ? usual : parts).dot(a, b, count));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        Arithmetic parts = VectorUnits.summing(arithmetic, Summations.pieces(2, 11, (left, right) -> left + right < 2));
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double dot(double[] a, double[] b, int count) {
                return (count < SHORTEST_ON_VECTOR_UNITS ? plain : parts).dot(a, b, count);
            }
        };
    }
}
