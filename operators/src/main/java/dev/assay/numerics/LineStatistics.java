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
    private final int[] lowestBit;

    private LineStatistics(int lines) {
        largest = new double[lines];
        smallest = new double[lines];
        sums = new double[lines];
        lowestBit = new int[lines];
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
        if (size == 0 || !(size <= Double.MAX_VALUE)) {
            return;
        }
        largest[line] = Math.max(largest[line], size);
        smallest[line] = Math.min(smallest[line], size);
        sums[line] += size;
        lowestBit[line] = Math.min(lowestBit[line], exponentOfLowestBit(size));
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
}
