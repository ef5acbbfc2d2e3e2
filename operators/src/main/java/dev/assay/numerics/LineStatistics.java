package dev.assay.numerics;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/// What the error of a product depends on, for every row of the left or column of the right operand.
///
/// Only finite elements count; a line of zeros has maximum and sum 0.
public final class LineStatistics {
    /// Exponent of "no bits at all", for lines of zeros.
    private static final int NO_BIT = Integer.MAX_VALUE / 4;

    private static final long INFINITY = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

    private final double[] largest;
    private final double[] smallest;
    private final double[] sums;
    private final double[] signed;
    private final int[] lowestBit;
    private final int[] widths;
    private final int[] counts;
    private final boolean[] finite;

    private LineStatistics(int lines) {
        largest = new double[lines];
        smallest = new double[lines];
        sums = new double[2 * lines];
        signed = new double[2 * lines];
        lowestBit = new int[lines];
        widths = new int[lines];
        counts = new int[lines];
        finite = new boolean[lines];
        Arrays.fill(finite, true);
        Arrays.fill(smallest, Double.POSITIVE_INFINITY);
        Arrays.fill(lowestBit, NO_BIT);
    }

    /// Of the first `lines` rows of a matrix with `length` columns.
    public static LineStatistics ofRows(Matrix matrix, int lines, int length) {
        LineStatistics statistics = new LineStatistics(lines);
        Lines.forEachPiece(matrix, lines, length, statistics::take);
        return statistics;
    }

    /// The same, with a copy of all elements.
    ///
    /// @param copy gets the rows, rounded to f32
    public static LineStatistics ofRows(Matrix matrix, int lines, int length, float[][] copy) {
        LineStatistics statistics = new LineStatistics(lines);
        Lines.forEachPiece(matrix, lines, length, (line, at, values, from, step, count) -> {
            statistics.take(line, at, values, from, step, count);
            if (at == 0) {
                copy[line] = new float[length];
            }
            narrow(values, from, step, count, copy[line], at);
        });
        return statistics;
    }

    private static void narrow(double[] values, int from, int step, int count, float[] into, int at) {
        for (int n = 0; n < count; n++) {
            into[at + n] = (float) values[from + n * step];
        }
    }

    /// Of the first `lines` columns of a matrix with `length` rows.
    public static LineStatistics ofColumns(Matrix matrix, int lines, int length) {
        return ofRows(matrix.transposed(), lines, length);
    }

    /// Works on the bits of the magnitudes, which are in the order of the magnitudes. Once a line's typical
    /// elements are seen, most others pass with two comparisons.
    private void take(int line, int at, double[] values, int from, int step, int count) {
        long most = Double.doubleToRawLongBits(largest[line]);
        long least = Double.doubleToRawLongBits(smallest[line]);
        double even = sums[2 * line];
        double odd = sums[2 * line + 1];
        double signedEven = signed[2 * line];
        double signedOdd = signed[2 * line + 1];
        int lowest = lowestBit[line];
        int width = widths[line];
        int left = 0;
        // Significands without `finer` bits are no wider than those before; with a `usual` exponent their lowest
        // bit is no lower either.
        long finer = finer(width);
        int usual = usual(lowest, width);
        for (int n = 0; n < count; n++) {
            double value = values[from + n * step];
            long size = Double.doubleToRawLongBits(value) & Long.MAX_VALUE;
            int exponent = (int) (size >>> 52);
            if (size > most || size < least) {
                if (size == 0) {
                    left++;
                    continue;
                }
                if (size >= INFINITY) {
                    finite[line] = false;
                    continue;
                }
                most = Math.max(most, size);
                least = Math.min(least, size);
            }
            if ((size & finer) != 0 || exponent < usual) {
                int low = exponentOfLowestBit(size);
                lowest = Math.min(lowest, low);
                width = Math.max(width, exponent - 1022 - low);
                finer = finer(width);
                usual = usual(lowest, width);
            }
            // Two sums each: an addition waits for the one before it.
            if ((n & 1) == 0) {
                even += Math.abs(value);
                signedEven += value;
            } else {
                odd += Math.abs(value);
                signedOdd += value;
            }
        }
        largest[line] = Double.longBitsToDouble(most);
        smallest[line] = Double.longBitsToDouble(least);
        sums[2 * line] = even;
        sums[2 * line + 1] = odd;
        signed[2 * line] = signedEven;
        signed[2 * line + 1] = signedOdd;
        lowestBit[line] = lowest;
        widths[line] = width;
        counts[line] += count - left;
    }

    /// The bits of a significand that none of so many bits has.
    private static long finer(int width) {
        return (1L << Math.clamp(53 - width, 0, 52)) - 1;
    }

    /// The biased exponent from which on the lowest bit of a significand of at most so many bits is not below
    /// `lowest`; subnormal numbers are always below.
    private static int usual(int lowest, int width) {
        return Math.max(1, lowest + 1075 - (53 - width));
    }

    /// The k for which a number is an odd multiple of 2^k.
    static int exponentOfLowestBit(double size) {
        return exponentOfLowestBit(Double.doubleToRawLongBits(size));
    }

    private static int exponentOfLowestBit(long bits) {
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

    /// Sum of a line's magnitudes.
    private double sum(int line) {
        return sums[2 * line] + sums[2 * line + 1];
    }

    /// The largest magnitude of all lines.
    public double largest() {
        return Arrays.stream(largest).max().orElse(0);
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
        double magnitude = Math.min(sum(line) * other.largest[otherLine], largest[line] * other.sum(otherLine));
        return magnitude <= Math.scalb(1.0, precision + unit) && Math.scalb(1.0, unit) >= smallestUnit;
    }

    /// Whether every sum of products of a line of these and one of the others needs a rounding, and all elements
    /// are finite; tells it from the extremes of both, so that the answer may be no where a look at every pair
    /// would say yes.
    ///
    /// By the two rules: a sum is exact only if `min(Σ|a| max|b|, max|a| Σ|b|)` in units of the lowest bits is at
    /// most `2^precision`, or if no more than `few` products are not zero.
    public boolean allRound(LineStatistics others, int few, int precision) {
        double limit = Math.scalb(1.0, precision);
        return fewest() > few
                && others.fewest() > few
                && allFinite()
                && others.allFinite()
                && leastInBits(this::sum) * others.leastInBits(others::largest) > limit
                && leastInBits(this::largest) * others.leastInBits(others::sum) > limit;
    }

    private int fewest() {
        return Arrays.stream(counts).min().orElse(0);
    }

    private boolean allFinite() {
        for (boolean one : finite) {
            if (!one) {
                return false;
            }
        }
        return true;
    }

    private double leastInBits(IntToDoubleFunction values) {
        double least = Double.POSITIVE_INFINITY;
        for (int line = 0; line < counts.length; line++) {
            least = Math.min(least, Math.scalb(values.applyAsDouble(line), -lowestBit[line]));
        }
        return least;
    }

    /// Elements of a line that are not zero.
    int count(int line) {
        return counts[line];
    }

    /// Whether, of the products of this line and one of the other operand, at most `most` are not zero and each is
    /// held in `precision` bits.
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
        int oneSign = Math.abs(signed[2 * line] + signed[2 * line + 1]) > 0.75 * sum(line) ? 1 : 0;
        double ratio = smallest[line] / largest[line];
        int range = ratio == 1 ? 0 : ratio >= 0.25 ? 1 : 2;
        int peak = (Math.getExponent(counts[line] * largest[line] / sum(line)) + 1) / 2;
        int bits = widths[line] <= 3 ? 0 : widths[line] <= 8 ? 1 : widths[line] <= 12 ? 2 : 3;
        return 1 + ((((length * 2 + oneSign) * 3 + range) * 4 + bits) * 16 + Math.clamp(peak, 0, 15));
    }
}
