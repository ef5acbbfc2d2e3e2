package dev.assay.engine.judge;

import dev.assay.numerics.Parallel;
import dev.assay.operator.ExpectedBlock;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Parts the elements of a block by their error in units of the final rounding alone. The reference of blocks that
/// leave their errors is all in the values.
final class Sieve {
    private static final int CHUNK = 1 << 14;

    private final ExpectedBlock block;
    private final double[] values;
    private final double[] got;
    private final int count;
    private final ErrorBound bound;
    private final int[] caught;
    private final double largestUlps;

    /// Looks at all elements once.
    ///
    /// @param share errors above this are caught
    Sieve(ExpectedBlock block, double[] got, ErrorBound bound, double share) {
        this.block = block;
        this.values = block.values();
        this.got = got;
        this.count = block.elements();
        this.bound = bound;
        double[] largest = new double[Math.ceilDiv(count, CHUNK)];
        this.caught = numbers((from, to, into) -> {
            double most = 0;
            for (int i = from; i < to; i++) {
                double error = error(i);
                double rounding = bound.rounding(values[i]);
                // In this form NaN is caught.
                if (!(error <= share * rounding)) {
                    into.add(i);
                }
                if (error > most * rounding && error <= Double.MAX_VALUE) {
                    most = error / rounding;
                }
            }
            largest[from / CHUNK] = most;
        });
        double roundingUlps = bound.rounding(1) / bound.ulp(1);
        this.largestUlps = Arrays.stream(largest).max().orElse(0) * roundingUlps;
    }

    /// Numbers of the elements whose error is larger than the share, or not finite, in ascending order.
    int[] caught() {
        return caught;
    }

    /// The largest error of a finite element, in ulps of its expected value.
    double largestUlps() {
        return largestUlps;
    }

    /// Numbers of the elements whose error is above `low` and not above `high`, in ascending order.
    int[] between(double low, double high) {
        return numbers((from, to, into) -> {
            for (int i = from; i < to; i++) {
                double error = error(i);
                double rounding = bound.rounding(values[i]);
                if (error > low * rounding && error <= high * rounding) {
                    into.add(i);
                }
            }
        });
    }

    /// Of some elements those that may come to more than this of their bound.
    int[] mayExceed(double share, int[] elements) {
        return IntStream.of(elements)
                .parallel()
                .filter(i -> !(error(i) <= share * bound.rounding(values[i]))
                        && !(error(i) <= share * (bound.rounding(values[i]) + block.leastError(i))))
                .toArray();
    }

    private double error(int i) {
        return Math.abs(got[i] - values[i]);
    }

    /// Looks at a range of elements.
    private interface Look {
        void at(int from, int to, Numbers into);
    }

    private static final class Numbers {
        private int[] numbers = new int[64];
        private int count;

        void add(int number) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * count);
            }
            numbers[count++] = number;
        }

        int[] all() {
            return Arrays.copyOf(numbers, count);
        }
    }

    private int[] numbers(Look look) {
        int[][] chunks = new int[Math.ceilDiv(count, CHUNK)][];
        Parallel.forEach(chunks.length, chunk -> {
            Numbers found = new Numbers();
            look.at(chunk * CHUNK, Math.min(count, (chunk + 1) * CHUNK), found);
            chunks[chunk] = found.all();
        });
        return Stream.of(chunks).flatMapToInt(Arrays::stream).toArray();
    }
}
