package dev.assay.numerics;

import java.util.Arrays;

/// What the error of a product depends on, for every row of the left or column of the right operand.
///
/// Only finite elements count; a line of zeros has maximum and sum 0.
public final class LineStatistics {
    /// Exponent of "no bits at all", for lines of zeros.
    private static final int NO_BIT = Integer.MAX_VALUE / 4;

    private final double[] largest;
    private final double[] smallest;
    private final double[] sums;
    private final double[] signed;
    private final int[] lowestBit;
    private final int[] widths;
    private final int[] counts;

    private LineStatistics(int lines) {
        largest = new double[lines];
        smallest = new double[lines];
        sums = new double[lines];
        signed = new double[lines];
        lowestBit = new int[lines];
        widths = new int[lines];
        counts = new int[lines];
        Arrays.fill(smallest, Double.POSITIVE_INFINITY);
        Arrays.fill(lowestBit, NO_BIT);
    }

    /// Of the first `lines` rows of a matrix with `length` columns.
    public static LineStatistics ofRows(Matrix matrix, int lines, int length) {
        LineStatistics statistics = new LineStatistics(lines);
        if (matrix.rowMajor()) {
            Parallel.forEach(lines, line -> {
                double[] run = new double[length];
                matrix.row(line, 0, length, run, 0);
                for (int i = 0; i < length; i++) {
                    statistics.take(line, run[i]);
                }
            });
        } else {
            int chunk = 4096;
            Parallel.forEach(Math.ceilDiv(lines, chunk), part -> {
                int first = part * chunk;
                int count = Math.min(chunk, lines - first);
                double[] run = new double[count];
                for (int column = 0; column < length; column++) {
                    matrix.column(column, first, count, run, 0);
                    for (int i = 0; i < count; i++) {
                        statistics.take(first + i, run[i]);
                    }
                }
            });
        }
        return statistics;
    }

    /// Of the first `lines` columns of a matrix with `length` rows.
    public static LineStatistics ofColumns(Matrix matrix, int lines, int length) {
        return ofRows(matrix.transposed(), lines, length);
    }

    private void take(int line, double value) {
        double size = Math.abs(value);
        if (size == 0) {
            return;
        }
        counts[line]++;
        if (!(size <= Double.MAX_VALUE)) {
            return;
        }
        largest[line] = Math.max(largest[line], size);
        smallest[line] = Math.min(smallest[line], size);
        sums[line] += size;
        signed[line] += value;
        int lowest = exponentOfLowestBit(size);
        lowestBit[line] = Math.min(lowestBit[line], lowest);
        widths[line] = Math.max(widths[line], Math.getExponent(size) - lowest + 1);
    }

    /// The k for which a number is an odd multiple of 2^k.
    static int exponentOfLowestBit(double size) {
        long bits = Double.doubleToRawLongBits(size);
        long significand = bits & 0xF_FFFF_FFFF_FFFFL;
        int exponent = (int) (bits >>> 52);
        if (exponent == 0) {
            return -1074 + Long.numberOfTrailingZeros(significand);
        }
        return exponent - 1075 + Long.numberOfTrailingZeros(significand | 0x10_0000_0000_0000L);
    }

    public double largest(int line) {
        return largest[line];
    }

    /// A power of two by which a line can be multiplied so that its largest element comes near 1.
    public double scale(int line) {
        return largest[line] == 0 ? 1 : Math.scalb(1.0, -Math.getExponent(largest[line]));
    }

    /// Ratio of a line's smallest element that is not zero to its largest; 1 for a line of zeros.
    public double range(int line) {
        return largest[line] == 0 ? 1 : smallest[line] / largest[line];
    }

    /// Whether, of the products of this line and one of the other operand, every sum of any of them in any order is
    /// a multiple of a power of two small enough to be held in `precision` bits, so that no addition rounds.
    ///
    /// @param smallestUnit smallest power of two that the accumulator holds
    public boolean sumsExactly(int line, LineStatistics other, int otherLine, int precision, double smallestUnit) {
        if (largest[line] == 0 || other.largest[otherLine] == 0) {
            return true;
        }
        int unit = lowestBit[line] + other.lowestBit[otherLine];
        double magnitude = Math.min(sums[line] * other.largest[otherLine], largest[line] * other.sums[otherLine]);
        return magnitude <= Math.scalb(1.0, precision + unit) && Math.scalb(1.0, unit) >= smallestUnit;
    }

    /// Elements of a line that are not zero.
    int count(int line) {
        return counts[line];
    }

    /// Whether, of the products of this line and one of the other operand, at most `most` are not zero and each is held
    /// in `precision` bits.
    ///
    /// @param smallestUnit smallest power of two that the accumulator holds
    public boolean fewExactProducts(
            int line, LineStatistics other, int otherLine, int most, int precision, double smallestUnit) {
        int width = widths[line] + other.widths[otherLine];
        boolean oneIsAPower = Math.min(widths[line], other.widths[otherLine]) == 1;
        return Math.min(counts[line], other.counts[otherLine]) <= most
                && (oneIsAPower ? width - 1 : width) <= precision
                && Math.scalb(1.0, lowestBit[line] + other.lowestBit[otherLine]) >= smallestUnit;
    }

    /// Whether the sum of any of these products, at most two of them, is a double.
    public boolean pairsFitF64(int line, LineStatistics other, int otherLine) {
        int unit = lowestBit[line] + other.lowestBit[otherLine];
        return 2 * largest[line] * other.largest[otherLine] <= Math.scalb(1.0, 53 + unit);
    }

    /// A number that lines of the same kind of data share: how many elements are not zero, whether they have one
    /// sign, how far they spread and how many bits they take, each roughly.
    public int kind(int line) {
        if (largest[line] == 0) {
            return 0;
        }
        int length = 31 - Integer.numberOfLeadingZeros(counts[line]);
        int oneSign = Math.abs(signed[line]) > 0.75 * sums[line] ? 1 : 0;
        double ratio = smallest[line] / largest[line];
        int range = ratio == 1 ? 0 : ratio >= 0.25 ? 1 : 2;
        int peak = (Math.getExponent(counts[line] * largest[line] / sums[line]) + 1) / 2;
        int bits = widths[line] <= 3 ? 0 : widths[line] <= 8 ? 1 : widths[line] <= 12 ? 2 : 3;
        return 1 + ((((length * 2 + oneSign) * 3 + range) * 4 + bits) * 16 + Math.clamp(peak, 0, 15));
    }
}
