package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LineStatisticsTest {
    private static final double F32_SMALLEST = 0x1p-149;

    private static LineStatistics row(double... values) {
        return LineStatistics.ofRows(Matrix.of(values, 0, values.length), 1, values.length);
    }

    private static boolean exact(double[] a, double[] b, int precision) {
        return row(a).sumsExactly(0, row(b), 0, precision, F32_SMALLEST);
    }

    @Test
    void rowsAndColumnsAgreeWithANaiveCount() {
        SplittableRandom random = new SplittableRandom(1);
        int rows = 4099;
        int columns = 3;
        double[] values = new double[rows * columns];
        Arrays.setAll(values, i -> random.nextInt(5) == 0 ? 0 : random.nextGaussian() * Math.scalb(1.0, i % 40 - 20));
        values[4] = Double.NaN;
        values[7] = Double.NEGATIVE_INFINITY;
        Matrix matrix = Matrix.of(values, 0, columns);
        double[] byColumns = new double[values.length];
        Arrays.setAll(byColumns, n -> values[n % rows * columns + n / rows]);
        List<LineStatistics> all = List.of(
                LineStatistics.ofRows(matrix, rows, columns),
                LineStatistics.ofColumns(matrix.transposed(), rows, columns),
                LineStatistics.ofRows(Matrix.of(byColumns, 0, rows).transposed(), rows, columns),
                LineStatistics.ofColumns(Matrix.of(byColumns, 0, rows), rows, columns));
        for (int i = 0; i < rows; i++) {
            double largest = 0;
            double smallest = Double.POSITIVE_INFINITY;
            for (int j = 0; j < columns; j++) {
                double size = Math.abs(values[i * columns + j]);
                if (size > 0 && Double.isFinite(size)) {
                    largest = Math.max(largest, size);
                    smallest = Math.min(smallest, size);
                }
            }
            for (LineStatistics statistics : all) {
                assertEquals(largest, statistics.largest(i));
                assertEquals(largest == 0 ? 1 : smallest / largest, statistics.range(i));
                double scaled = largest * statistics.scale(i);
                assertTrue(largest == 0 ? statistics.scale(i) == 1 : scaled >= 1 && scaled < 2, "scaled " + scaled);
            }
        }
    }

    /// Where extremes tell that all sums round, no pair of lines is exact by either rule.
    @Test
    void whatIsSaidOfAllLinesHoldsForEveryPair() {
        SplittableRandom random = new SplittableRandom(4);
        int lines = 6;
        int[] said = new int[2];
        for (int round = 0; round < 2000; round++) {
            int length = random.nextInt(1, 40);
            int bits = random.nextInt(1, 12);
            double zeros = random.nextInt(2) == 0 ? random.nextDouble() : 0;
            int sparse = random.nextInt(2) * lines * length;
            double[] values = new double[2 * lines * length];
            Arrays.setAll(
                    values,
                    i -> i >= sparse && i < sparse + lines * length && random.nextDouble() < zeros
                            ? 0
                            : Math.scalb((double) random.nextInt(-(1 << bits), 1 << bits), random.nextInt(-3, 1)));
            if (round % 50 == 0) {
                values[random.nextInt(values.length)] = Double.POSITIVE_INFINITY;
            }
            LineStatistics rows = LineStatistics.ofRows(Matrix.of(values, 0, length), lines, length);
            LineStatistics columns = LineStatistics.ofRows(Matrix.of(values, lines * length, length), lines, length);
            int precision = random.nextInt(4, 30);
            boolean all = rows.allRound(columns, 2, precision);
            said[all ? 1 : 0]++;
            for (int i = 0; i < lines && all; i++) {
                for (int j = 0; j < lines; j++) {
                    assertFalse(rows.sumsExactly(i, columns, j, precision, F32_SMALLEST));
                    assertFalse(rows.fewExactProducts(i, columns, j, 2, precision, F32_SMALLEST));
                }
            }
            boolean finite = Arrays.stream(values).allMatch(Double::isFinite);
            assertTrue(finite || !all);
        }
        assertTrue(said[0] > 200 && said[1] > 200, Arrays.toString(said));
    }

    /// Large elements, small ones and subnormal ones in any order.
    @Test
    void bitsAreThoseOfALookAtEveryElement() {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 3000; round++) {
            int length = random.nextInt(1, 20);
            double[] values = new double[length];
            for (int k = 0; k < length; k++) {
                int kind = random.nextInt(8);
                double value = random.nextInt(1, 1 << random.nextInt(1, 24));
                values[k] = kind == 0
                        ? 0
                        : kind == 1 ? value * Double.MIN_VALUE : Math.scalb(value, random.nextInt(-30, 30));
            }
            int lowest = Integer.MAX_VALUE / 4;
            int width = 0;
            for (double value : values) {
                if (value != 0) {
                    int low = LineStatistics.exponentOfLowestBit(value);
                    lowest = Math.min(lowest, low);
                    width = Math.max(width, Math.getExponent(value) - low + 1);
                }
            }
            // Held against 1, which is one bit wide: a width of exactly the precision is enough.
            LineStatistics line = row(values);
            LineStatistics one = row(1);
            if (width == 0) {
                continue;
            }
            assertTrue(line.fewExactProducts(0, one, 0, 1, width, Double.MIN_VALUE));
            assertFalse(line.fewExactProducts(0, one, 0, 1, width - 1, Double.MIN_VALUE));
            if (lowest > -1070) {
                assertTrue(line.fewExactProducts(0, one, 0, 1, width, Math.scalb(1.0, lowest)));
                assertFalse(line.fewExactProducts(0, one, 0, 1, width, Math.scalb(1.0, lowest + 1)));
            }
        }
    }

    @Test
    void theCopyHasEveryElement() {
        SplittableRandom random = new SplittableRandom(6);
        int rows = 131;
        int columns = 300;
        double[] values = new double[rows * columns];
        Arrays.setAll(values, i -> random.nextGaussian());
        float[][] byRow = new float[rows][];
        float[][] byColumn = new float[columns][];
        Matrix matrix = Matrix.of(values, 0, columns);
        LineStatistics.ofRows(matrix, rows, columns, byRow);
        LineStatistics.ofRows(matrix.transposed(), columns, rows, byColumn);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                assertEquals((float) values[i * columns + j], byRow[i][j]);
                assertEquals((float) values[i * columns + j], byColumn[j][i]);
            }
        }
    }

    @Test
    void theLowestBitIsTheOneThatDivides() {
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < 2000; round++) {
            double value = round % 7 == 0
                    ? random.nextLong(1, 1L << 52) * Double.MIN_VALUE
                    : random.nextInt(1, 1 << 20) * Math.scalb(1.0, random.nextInt(-1040, 900));
            int k = LineStatistics.exponentOfLowestBit(value);
            BigDecimal unit = BigDecimal.TWO.pow(Math.abs(k));
            BigDecimal quotient = k < 0 ? new BigDecimal(value).multiply(unit) : new BigDecimal(value).divide(unit);
            BigDecimal[] halves = quotient.divideAndRemainder(BigDecimal.TWO);
            assertEquals(0, halves[1].compareTo(BigDecimal.ONE), value + " is an odd multiple of 2^" + k);
        }
        assertEquals(0, LineStatistics.exponentOfLowestBit(1));
        assertEquals(-1074, LineStatistics.exponentOfLowestBit(Double.MIN_VALUE));
        assertEquals(-1022, LineStatistics.exponentOfLowestBit(Double.MIN_NORMAL));
        assertEquals(971, LineStatistics.exponentOfLowestBit(Double.MAX_VALUE));
    }

    @Test
    void exactnessEndsWhereTheSumNeedsOneBitMore() {
        assertTrue(exact(new double[] {4096, 4095}, new double[] {2048, 1}, 24), "sum of magnitudes 2^24 at most");
        assertTrue(exact(new double[] {0x1p23, 1}, new double[] {1, 1}, 24));
        assertFalse(exact(new double[] {0x1p24, 1}, new double[] {1, 1}, 24));
        assertFalse(exact(new double[] {0x1p23, 0.5}, new double[] {1, 1}, 24));
        assertTrue(exact(new double[] {0x1p23, 0.5}, new double[] {1, 1}, 25));
    }

    @Test
    void linesOfZerosAreExact() {
        assertTrue(exact(new double[] {0, 0}, new double[] {0.1, 0.3}, 11));
        assertTrue(exact(new double[] {}, new double[] {}, 11));
        assertEquals(1, row(0, 0).range(0));
        assertEquals(0, row(Double.NaN, Double.POSITIVE_INFINITY).largest(0));
    }

    @Test
    void termsBelowTheSmallestNumberAreNotExact() {
        assertFalse(exact(new double[] {0x1p-100}, new double[] {0x1p-50}, 24));
        assertTrue(exact(new double[] {0x1p-100}, new double[] {0x1p-49}, 24));
    }

    /// Whenever the rule says so, f32 sums in several random orders and groupings are all equal to the exact one.
    @Test
    void whatIsSaidToBeExactIsExactInEveryOrder() {
        SplittableRandom random = new SplittableRandom(3);
        int said = 0;
        for (int round = 0; round < 3000; round++) {
            int n = random.nextInt(1, 40);
            int bits = random.nextInt(2, 14);
            double[] a = random.doubles(n)
                    .map(x -> Math.rint((2 * x - 1) * (1 << bits)) * 0.25)
                    .toArray();
            double[] b = random.doubles(n)
                    .map(x -> Math.rint((2 * x - 1) * (1 << bits)) * 8)
                    .toArray();
            if (!exact(a, b, 24)) {
                continue;
            }
            said++;
            double want = 0;
            for (int i = 0; i < n; i++) {
                want += a[i] * b[i];
            }
            for (int order = 0; order < 5; order++) {
                float left = 0;
                float right = 0;
                int[] shuffled = shuffled(n, random);
                for (int i = 0; i < n; i++) {
                    int k = shuffled[i];
                    float product = (float) a[k] * (float) b[k];
                    left = i % 2 == 0 ? left + product : left;
                    right = i % 2 == 0 ? right : right + product;
                }
                assertEquals(want, left + right);
            }
        }
        assertTrue(said > 500 && said < 2800, "the rule says both: " + said);
    }

    private static int[] shuffled(int n, SplittableRandom random) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /// 21 bits times 21 bits take 42.
    @Test
    void fewProductsAreExactIfTheAccumulatorHoldsThem() {
        LineStatistics ones = row(1, 1);
        assertFalse(ones.fewExactProducts(0, ones, 0, 1, 24, 0x1p-149), "two of them");
        assertTrue(ones.fewExactProducts(0, ones, 0, 2, 24, 0x1p-149));
        LineStatistics wide = row(1 + 0x1p-20);
        assertFalse(wide.fewExactProducts(0, wide, 0, 1, 41, 0x1p-149));
        assertTrue(wide.fewExactProducts(0, wide, 0, 1, 42, 0x1p-149));
        assertFalse(row(0x1p-100).fewExactProducts(0, row(0x1p-50), 0, 1, 24, 0x1p-149), "below the smallest number");
        assertTrue(row(0x1p-100).fewExactProducts(0, row(0x1p-49), 0, 1, 24, 0x1p-149));
    }

    @Test
    void aPairOfProductsFitsF64UpToFiftyThreeBits() {
        assertTrue(row(0x1p52, 1).pairsFitF64(0, row(1, 1), 0));
        assertFalse(row(0x1p53, 1).pairsFitF64(0, row(1, 1), 0));
    }
}
