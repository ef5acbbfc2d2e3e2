package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.GemmF32.Pieces;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GemmF32Test {
    private static final float GUARD = 1234.5f;

    static Stream<MicroKernels.F32> kernels() {
        return Stream.of(new VectorKernelF32(), new NarrowKernelF32(), new MicroKernels.ScalarKernelF32());
    }

    /// Values that f32 does not hold.
    private static double[] random(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[count];
        Arrays.setAll(values, i -> random.nextGaussian());
        return values;
    }

    private static float sum(double[] a, double[] b, int i, int j, int columns, int depth, int piece, boolean chained) {
        float total = 0;
        for (int from = 0; from < depth; from += piece) {
            float part = chained ? total : 0;
            for (int k = from; k < Math.min(depth, from + piece); k++) {
                part = Math.fma((float) a[i * depth + k], (float) b[k * columns + j], part);
            }
            total = chained ? part : total + part;
        }
        return total;
    }

    private static void check(
            MicroKernels.F32 kernel, double[] a, double[] b, int rows, int columns, int depth, int piece, Pieces how) {
        int at = 2;
        int stride = columns + 1;
        float[] c = new float[at + rows * stride + 1];
        Arrays.fill(c, GUARD);
        GemmF32.multiply(
                kernel,
                Matrix.of(a, 0, depth),
                Matrix.of(b, 0, columns),
                rows,
                columns,
                depth,
                c,
                at,
                stride,
                piece,
                how);
        for (int n = 0; n < c.length; n++) {
            int i = Math.floorDiv(n - at, stride);
            int j = Math.floorMod(n - at, stride);
            boolean inside = i >= 0 && i < rows && j < columns;
            float want = inside ? sum(a, b, i, j, columns, depth, piece, how == Pieces.CHAINED) : GUARD;
            if (Float.compare(want, c[n]) != 0) {
                assertEquals(want, c[n], rows + "x" + columns + "x" + depth + " piece " + piece + " " + how);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everySizeFollowsTheStatedOrder(MicroKernels.F32 kernel) {
        int mr = kernel.rows();
        int nr = kernel.columns();
        for (int rows : new int[] {0, 1, 2, mr - 1, mr, mr + 1}) {
            for (int columns : new int[] {0, 1, nr - 1, nr, nr + 1}) {
                for (int depth : new int[] {0, 1, 2, 11, 12, 13, 40}) {
                    for (int piece : new int[] {1, 2, 12, 1000}) {
                        double[] a = random(rows * depth, 1);
                        double[] b = random(depth * columns, 2);
                        check(kernel, a, b, rows, columns, depth, piece, Pieces.ADDED);
                        check(kernel, a, b, rows, columns, depth, piece, Pieces.CHAINED);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void largeProductsFollowTheStatedOrder(MicroKernels.F32 kernel) {
        int rows = 149;
        int columns = 2053;
        int depth = 30;
        double[] a = random(rows * depth, 3);
        double[] b = random(depth * columns, 4);
        check(kernel, a, b, rows, columns, depth, 8, Pieces.ADDED);
        check(kernel, a, b, rows, columns, depth, 29, Pieces.CHAINED);
    }

    @Test
    void chainedPiecesAreOneChainWhateverTheirLength() {
        int depth = 1001;
        double[] a = random(depth, 5);
        double[] b = random(depth, 6);
        float[] whole = new float[1];
        float[] pieces = new float[1];
        float[] added = new float[1];
        multiply(a, b, depth, whole, depth, Pieces.CHAINED);
        multiply(a, b, depth, pieces, 7, Pieces.CHAINED);
        multiply(a, b, depth, added, 7, Pieces.ADDED);
        assertEquals(whole[0], pieces[0]);
        assertNotEquals(whole[0], added[0], "or the test could not tell the two orders apart");
    }

    private static void multiply(double[] a, double[] b, int depth, float[] c, int piece, Pieces how) {
        GemmF32.multiply(Matrix.of(a, 0, depth), Matrix.of(b, 0, 1), 1, 1, depth, c, 0, 1, piece, how);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void transposedAndStridedOperandsAreReadInPlace(MicroKernels.F32 kernel) {
        int rows = 2 * kernel.rows() + 1;
        int columns = kernel.columns() + 3;
        int depth = 29;
        double[] a = random(rows * depth, 11);
        double[] b = random(depth * columns, 12);
        for (Matrix left : views(a, rows, depth)) {
            for (Matrix right : views(b, depth, columns)) {
                float[] c = new float[rows * columns];
                GemmF32.multiply(kernel, left, right, rows, columns, depth, c, 0, columns, 12, Pieces.ADDED);
                for (int n = 0; n < c.length; n++) {
                    assertEquals(sum(a, b, n / columns, n % columns, columns, depth, 12, false), c[n]);
                }
            }
        }
    }

    /// The same values row by row, column by column, as a part of something larger, and with NaN between them.
    private static List<Matrix> views(double[] values, int rows, int columns) {
        double[] byColumn = new double[values.length];
        double[] within = new double[(rows + 2) * (columns + 3)];
        Arrays.fill(within, Double.NaN);
        Tensor spread = Tensor.allocate(TensorSpec.dense(DType.F64, Shape.of(rows, columns, 3)), Arena.ofAuto());
        for (int n = 0; n < values.length; n++) {
            byColumn[n % columns * rows + n / columns] = values[n];
            within[(n / columns + 2) * (columns + 3) + n % columns + 3] = values[n];
            spread.set(3L * n, values[n]);
            spread.set(3L * n + 1, Double.NaN);
            spread.set(3L * n + 2, Double.NaN);
        }
        return List.of(
                Matrix.of(values, 0, columns),
                Matrix.of(byColumn, 0, rows).transposed(),
                Matrix.of(within, 0, columns + 3).from(2, 3),
                Matrix.of(spread, 0, 3L * columns, 3));
    }

    /// Lengths around the sixteen sums; the products of the values are exact.
    @Test
    void squaredProductsHaveEqualBitsOnBothLoops() {
        SplittableRandom random = new SplittableRandom(12);
        for (int depth : new int[] {0, 1, 3, 15, 16, 17, 32, 47, 1000}) {
            float[] a = new float[depth];
            float[] b = new float[depth];
            double exact = 0;
            for (int k = 0; k < depth; k++) {
                a[k] = (float) DType.F16.round(random.nextGaussian());
                b[k] = (float) DType.F16.round(random.nextGaussian());
                double term = a[k] * (double) b[k];
                exact += term * term;
            }
            float plain = new MicroKernels.ScalarKernelF32().squaredProducts(a, b);
            assertEquals(plain, MicroKernels.f32().squaredProducts(a, b), "depth " + depth);
            assertEquals(exact, plain, exact * 0x1p-22);
            float[] some = GemmF32.squaredTerms(
                    new float[][] {b, a}, new float[][] {a, b}, new int[] {1, 0, 0}, new int[] {1, 0, 1});
            assertEquals(plain, some[0]);
            assertEquals(plain, some[1]);
            assertEquals(new MicroKernels.ScalarKernelF32().squaredProducts(b, b), some[2]);
        }
    }

    /// Chains that take turns, term by term, also where their number is no multiple of a vector's.
    @ParameterizedTest
    @MethodSource("kernels")
    void interleavedChainsAddInOrder(MicroKernels.F32 kernel) {
        for (int lanes : new int[] {1, 5, 8, 32, 64}) {
            for (int count : new int[] {0, 1, 31, 32, 33, 200}) {
                float[] a = floats(random(count, 11));
                float[] b = floats(random(count, 12));
                float[] sums = new float[lanes];
                float[] expected = new float[lanes];
                java.util.Arrays.fill(sums, 0.5f);
                java.util.Arrays.fill(expected, 0.5f);
                for (int k = 0; k < count; k++) {
                    expected[k % lanes] = Math.fma(a[k], b[k], expected[k % lanes]);
                }
                kernel.interleaved(a, b, count, sums);
                assertArrayEquals(expected, sums, lanes + " lanes, " + count + " terms");
            }
        }
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void whatIsNotFiniteReachesItsRowAndColumnOnly(MicroKernels.F32 kernel) {
        int rows = 14;
        int columns = 37;
        int depth = 9;
        double[] a = random(rows * depth, 7);
        double[] b = random(depth * columns, 8);
        a[5 * depth + 2] = Double.NaN;
        a[13 * depth] = Double.POSITIVE_INFINITY;
        b[3 * columns + 36] = Double.NEGATIVE_INFINITY;
        check(kernel, a, b, rows, columns, depth, 4, Pieces.ADDED);
        check(kernel, random(rows * depth, 9), random(depth * columns, 10), rows, columns, depth, 4, Pieces.ADDED);
    }

    @Test
    void whatExceedsF32OverflowsAsF32Would() {
        float[] c = new float[1];
        multiply(new double[] {1e200, 1}, new double[] {1, 1}, 2, c, 2, Pieces.CHAINED);
        assertEquals(Float.POSITIVE_INFINITY, c[0]);
        multiply(new double[] {1e30, 1}, new double[] {1e30, 1}, 2, c, 2, Pieces.CHAINED);
        assertEquals(Float.POSITIVE_INFINITY, c[0]);
    }

    @Test
    void emptySumGivesZeros() {
        float[] c = {7, 7};
        GemmF32.multiply(
                Matrix.of(new double[0], 0, 0), Matrix.of(new double[0], 0, 2), 1, 2, 0, c, 0, 2, 8, Pieces.ADDED);
        assertTrue(Arrays.equals(new float[2], c));
    }
}
