package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CompensatedGemmTest {
    private static final double UNIT = 0x1p-53;

    private static double[] random(int count, long seed, int binades) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[count];
        Arrays.setAll(values, i -> random.nextGaussian() * Math.scalb(1.0, random.nextInt(-binades, binades + 1)));
        return values;
    }

    private static void check(double[] a, double[] b, int rows, int columns, int depth) {
        int at = 1;
        int stride = columns + 1;
        double[] high = new double[at + rows * stride + 1];
        double[] low = new double[high.length];
        Arrays.fill(high, 77);
        Arrays.fill(low, 77);
        CompensatedGemm.multiply(
                Matrix.of(a, 0, depth), Matrix.of(b, 0, columns), rows, columns, depth, high, low, at, stride);
        for (int n = 0; n < high.length; n++) {
            int i = Math.floorDiv(n - at, stride);
            int j = Math.floorMod(n - at, stride);
            if (i < 0 || i >= rows || j >= columns) {
                assertEquals(77, high[n]);
                assertEquals(77, low[n]);
                continue;
            }
            BigDecimal sum = BigDecimal.ZERO;
            BigDecimal magnitude = BigDecimal.ZERO;
            for (int k = 0; k < depth; k++) {
                BigDecimal term = new BigDecimal(a[i * depth + k]).multiply(new BigDecimal(b[k * columns + j]));
                sum = sum.add(term);
                magnitude = magnitude.add(term.abs());
            }
            BigDecimal got = new BigDecimal(high[n]).add(new BigDecimal(low[n]));
            double allowed = Math.pow(depth * UNIT, 2) * magnitude.doubleValue() * 1.01;
            double error = got.subtract(sum).abs(MathContext.DECIMAL64).doubleValue();
            assertTrue(error <= allowed, "(" + i + "," + j + ") depth " + depth + ": " + error + " > " + allowed);
            assertTrue(Math.abs(low[n]) <= Math.ulp(high[n]) / 2, "the parts do not overlap");
        }
    }

    @Test
    void errorsAreOfSecondOrder() {
        for (int rows : new int[] {0, 1, 3}) {
            for (int columns : new int[] {0, 1, 5}) {
                for (int depth : new int[] {0, 1, 2, 3, 17, 100}) {
                    check(random(rows * depth, 1, 30), random(depth * columns, 2, 30), rows, columns, depth);
                }
            }
        }
    }

    @Test
    void chunksOfColumnsJoin() {
        for (int columns : new int[] {511, 512, 513, 1030}) {
            check(random(2 * 3, 3, 5), random(3 * columns, 4, 5), 2, columns, 3);
        }
    }

    @Test
    void transposedOperandsAndPartsAreReadInPlace() {
        int rows = 5;
        int columns = 7;
        int depth = 23;
        double[] a = random(rows * depth, 5, 20);
        double[] b = random(depth * columns, 6, 20);
        double[] high = new double[rows * columns];
        double[] low = new double[rows * columns];
        CompensatedGemm.multiply(
                Matrix.of(a, 0, depth), Matrix.of(b, 0, columns), rows, columns, depth, high, low, 0, columns);
        Matrix left = Matrix.of(transposed(a, rows, depth), 0, rows).transposed();
        Matrix right = Matrix.of(transposed(b, depth, columns), 0, depth).transposed();
        double[] again = new double[rows * columns];
        double[] lowAgain = new double[rows * columns];
        CompensatedGemm.multiply(left, right, rows, columns, depth, again, lowAgain, 0, columns);
        assertTrue(Arrays.equals(high, again) && Arrays.equals(low, lowAgain), "transposed");
        double[] part = new double[2 * 3];
        double[] lowPart = new double[2 * 3];
        CompensatedGemm.multiply(left.from(1, 0), right.from(0, 4), 2, 3, depth, part, lowPart, 0, 3);
        for (int n = 0; n < part.length; n++) {
            int from = (1 + n / 3) * columns + 4 + n % 3;
            assertEquals(high[from], part[n]);
            assertEquals(low[from], lowPart[n]);
        }
    }

    private static double[] transposed(double[] values, int rows, int columns) {
        double[] result = new double[values.length];
        for (int n = 0; n < values.length; n++) {
            result[n % columns * rows + n / columns] = values[n];
        }
        return result;
    }

    /// The sum is 2^-60 of its terms: f64 alone would keep no digit.
    @Test
    void cancellationDoesNotHurt() {
        double[] a = {1 + 0x1p-30, 1, 0x1p-80};
        double[] b = {1 - 0x1p-30, -1, 3};
        double[] high = new double[1];
        double[] low = new double[1];
        CompensatedGemm.multiply(Matrix.of(a, 0, 3), Matrix.of(b, 0, 1), 1, 1, 3, high, low, 0, 1);
        assertEquals(-0x1p-60 + 3 * 0x1p-80, high[0]);
        assertEquals(0, low[0]);
    }

    @Test
    void whatIsNotFiniteHasNoLowPart() {
        double inf = Double.POSITIVE_INFINITY;
        double[] a = {inf, 1, Double.NaN, 1, 1e200, 1};
        double[] b = {1, 1e200, 1, 1};
        double[] high = new double[6];
        double[] low = new double[6];
        CompensatedGemm.multiply(Matrix.of(a, 0, 2), Matrix.of(b, 0, 2), 3, 2, 2, high, low, 0, 2);
        assertEquals(inf, high[0]);
        assertEquals(inf, high[1]);
        assertTrue(Double.isNaN(high[2]) && Double.isNaN(high[3]));
        assertEquals(inf, high[5], "1e400 overflows");
        assertTrue(Arrays.equals(new double[] {0, 0, 0, 0, low[4], 0}, low), Arrays.toString(low));
    }

    /// Rows are taken in blocks where the left operand is too large to be held; here one at a time.
    @Test
    void longSumsAreTakenByBlocksOfRows() {
        int depth = (1 << 21) + 1;
        Matrix a = integers((row, column) -> row + 1 + (column & 3));
        Matrix b = integers((row, column) -> (row & 3) - 1);
        double[] high = new double[2];
        double[] low = new double[2];
        CompensatedGemm.multiply(a, b, 2, 1, depth, high, low, 0, 1);
        for (int i = 0; i < 2; i++) {
            long sum = 0;
            for (int k = 0; k < depth; k++) {
                sum += (i + 1 + (k & 3)) * ((k & 3) - 1L);
            }
            assertEquals((double) sum, high[i]);
            assertEquals(0, low[i]);
        }
    }

    private interface Element {
        double at(long row, long column);
    }

    private static Matrix integers(Element element) {
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                for (int i = 0; i < count; i++) {
                    into[at + i] = element.at(row, column + i);
                }
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                for (int i = 0; i < count; i++) {
                    into[at + i] = element.at(row + i, column);
                }
            }
        };
    }
}
