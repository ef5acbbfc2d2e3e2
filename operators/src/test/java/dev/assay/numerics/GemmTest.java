package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GemmTest {
    private static final double GUARD = 1234.5;

    static Stream<MicroKernels.F64> kernels() {
        return Stream.of(new VectorKernelF64(), new NarrowKernelF64(), new MicroKernels.ScalarKernelF64());
    }

    private static double[] random(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[count];
        Arrays.setAll(values, i -> random.nextGaussian() * Math.scalb(1.0, random.nextInt(-20, 20)));
        return values;
    }

    /// The promised chain, written out.
    private static double chain(double[] a, double[] b, int i, int j, int columns, int depth) {
        double sum = 0;
        for (int k = 0; k < depth; k++) {
            sum = Math.fma(a[i * depth + k], b[k * columns + j], sum);
        }
        return sum;
    }

    private static void check(MicroKernels.F64 kernel, double[] a, double[] b, int rows, int columns, int depth) {
        int at = 3;
        int stride = columns + 2;
        double[] c = new double[at + rows * stride + 1];
        Arrays.fill(c, GUARD);
        Gemm.multiply(kernel, Matrix.of(a, 0, depth), Matrix.of(b, 0, columns), rows, columns, depth, c, at, stride);
        for (int n = 0; n < c.length; n++) {
            int i = Math.floorDiv(n - at, stride);
            int j = Math.floorMod(n - at, stride);
            boolean inside = i >= 0 && i < rows && j < columns;
            double want = inside ? chain(a, b, i, j, columns, depth) : GUARD;
            if (Double.compare(want, c[n]) != 0) {
                assertEquals(want, c[n], rows + "x" + columns + "x" + depth + " at (" + i + "," + j + ")");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everySizeGivesTheChainBitForBit(MicroKernels.F64 kernel) {
        int mr = kernel.rows();
        int nr = kernel.columns();
        for (int rows : new int[] {0, 1, 2, mr - 1, mr, mr + 1, 2 * mr + 1}) {
            for (int columns : new int[] {0, 1, 2, nr - 1, nr, nr + 1, 2 * nr + 1}) {
                for (int depth : new int[] {0, 1, 2, 3, 11, 12, 13, 64}) {
                    check(kernel, random(rows * depth, 1), random(depth * columns, 2), rows, columns, depth);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void sumsGoOnAcrossPieces(MicroKernels.F64 kernel) {
        for (int depth : new int[] {383, 384, 385, 768, 769}) {
            check(kernel, random(13 * depth, 3), random(depth * 7, 4), 13, 7, depth);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void blocksOfRowsAndPanelsOfColumnsJoin(MicroKernels.F64 kernel) {
        for (int rows : new int[] {143, 144, 145, 433}) {
            check(kernel, random(rows * 5, 5), random(5 * 3, 6), rows, 3, 5);
        }
        for (int columns : new int[] {2047, 2048, 2049, 4099}) {
            check(kernel, random(3 * 5, 7), random(5 * columns, 8), 3, columns, 5);
        }
        check(kernel, random(149 * 13, 9), random(13 * 2053, 10), 149, 2053, 13);
        check(kernel, random(13 * 390, 9), random(390 * 2053, 10), 13, 2053, 390);
    }

    @Test
    void randomSizesAgree() {
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 200; round++) {
            int rows = random.nextInt(40);
            int columns = random.nextInt(70);
            int depth = random.nextInt(50);
            check(
                    MicroKernels.f64(),
                    random(rows * depth, round),
                    random(depth * columns, -round),
                    rows,
                    columns,
                    depth);
        }
    }

    @Test
    void anyNumberOfThreadsGivesEqualBits() throws Exception {
        int rows = 301;
        int columns = 97;
        int depth = 401;
        double[] a = random(rows * depth, 12);
        double[] b = random(depth * columns, 13);
        double[] first = new double[rows * columns];
        Gemm.multiply(Matrix.of(a, 0, depth), Matrix.of(b, 0, columns), rows, columns, depth, first, 0, columns);
        for (int threads : new int[] {1, 3, 8}) {
            try (ForkJoinPool pool = new ForkJoinPool(threads)) {
                double[] c = new double[rows * columns];
                pool.submit(() -> Gemm.multiply(
                                Matrix.of(a, 0, depth), Matrix.of(b, 0, columns), rows, columns, depth, c, 0, columns))
                        .get();
                assertTrue(Arrays.equals(first, c), threads + " threads");
            }
        }
    }

    @Test
    void allInnerLoopsGiveEqualBits() {
        int rows = 50;
        int columns = 70;
        int depth = 401;
        double[] a = random(rows * depth, 14);
        double[] b = random(depth * columns, 15);
        List<MicroKernels.F64> kernels = kernels().toList();
        double[][] results = new double[kernels.size()][rows * columns];
        for (int n = 0; n < kernels.size(); n++) {
            Gemm.multiply(
                    kernels.get(n),
                    Matrix.of(a, 0, depth),
                    Matrix.of(b, 0, columns),
                    rows,
                    columns,
                    depth,
                    results[n],
                    0,
                    columns);
            assertTrue(
                    Arrays.equals(results[0], results[n]),
                    kernels.get(n).getClass().getSimpleName());
        }
    }

    @Test
    void theVectorApiIsThereInTests() {
        assertTrue(MicroKernels.vectorApi(), "or the test of equal bits compares the plain loop with itself");
    }

    @Test
    void transposedAndStridedOperandsAreReadInPlace() {
        int rows = 17;
        int columns = 33;
        int depth = 29;
        double[] a = random(rows * depth, 16);
        double[] b = random(depth * columns, 17);
        double[] aT = new double[depth * rows];
        double[] bT = new double[columns * depth];
        for (int k = 0; k < depth; k++) {
            for (int i = 0; i < rows; i++) {
                aT[k * rows + i] = a[i * depth + k];
            }
            for (int j = 0; j < columns; j++) {
                bT[j * depth + k] = b[k * columns + j];
            }
        }
        try (Arena arena = Arena.ofShared()) {
            Tensor spreadA = spread(a, rows, depth, arena);
            Tensor spreadB = spread(b, depth, columns, arena);
            Matrix[] lefts = {
                Matrix.of(a, 0, depth), Matrix.of(aT, 0, rows).transposed(), Matrix.of(spreadA, 0, 3L * depth, 3)
            };
            Matrix[] rights = {
                Matrix.of(b, 0, columns), Matrix.of(bT, 0, depth).transposed(), Matrix.of(spreadB, 0, 3L * columns, 3)
            };
            for (Matrix left : lefts) {
                for (Matrix right : rights) {
                    double[] c = new double[rows * columns];
                    Gemm.multiply(left, right, rows, columns, depth, c, 0, columns);
                    for (int n = 0; n < c.length; n++) {
                        assertEquals(chain(a, b, n / columns, n % columns, columns, depth), c[n]);
                    }
                }
            }
        }
    }

    /// The values with two strangers behind each.
    private static Tensor spread(double[] values, int rows, int columns, Arena arena) {
        Tensor tensor = Tensor.allocate(TensorSpec.dense(DType.F64, Shape.of(rows, columns, 3)), arena);
        for (int i = 0; i < values.length; i++) {
            tensor.set(3L * i, values[i]);
            tensor.set(3L * i + 1, Double.NaN);
            tensor.set(3L * i + 2, 1e300);
        }
        return tensor;
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void whatIsNotFiniteReachesItsRowAndColumnOnly(MicroKernels.F64 kernel) {
        int rows = 14;
        int columns = 37;
        int depth = 9;
        double[] a = random(rows * depth, 18);
        double[] b = random(depth * columns, 19);
        a[5 * depth + 2] = Double.NaN;
        a[13 * depth] = Double.POSITIVE_INFINITY;
        b[3 * columns + 36] = Double.NEGATIVE_INFINITY;
        b[36 + 4 * columns] = Double.POSITIVE_INFINITY;
        check(kernel, a, b, rows, columns, depth);
        // Scratch memory now holds NaN from this product; the next one must not see it.
        check(kernel, random(rows * depth, 20), random(depth * columns, 21), rows, columns, depth);
        check(kernel, random(5, 22), random(5, 23), 1, 1, 5);
    }

    @Test
    void infinityMinusInfinityIsNaN() {
        double inf = Double.POSITIVE_INFINITY;
        double[] c = new double[1];
        Gemm.multiply(
                Matrix.of(new double[] {inf, -inf}, 0, 2), Matrix.of(new double[] {1, 1}, 0, 1), 1, 1, 2, c, 0, 1);
        assertTrue(Double.isNaN(c[0]));
    }

    @Test
    void emptySumGivesZeros() {
        double[] c = {7, 7, 7, 7, 7, 7};
        Gemm.multiply(Matrix.of(new double[0], 0, 0), Matrix.of(new double[0], 0, 3), 2, 3, 0, c, 0, 3);
        assertTrue(Arrays.equals(new double[6], c));
    }
}
