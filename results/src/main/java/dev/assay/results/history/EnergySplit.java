package dev.assay.results.history;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// The best place to cut a stretch of values in two, and how likely so good a cut is by chance.
///
/// The statistic is E-divisive's (Matteson and James 2014, "A nonparametric approach for multiple change
/// point analysis", JASA 109, section 2.2, exponent 1) on mid-ranks: for a left part of n values and the m
/// values that follow it,
///
/// ```
/// Q = 2/(m+n) sum_ij |x_i - y_j|
///   - 2m/((m+n)(n-1)) sum_i<k |x_i - x_k|
///   - 2n/((m+n)(m-1)) sum_j<k |y_j - y_k|
/// ```
///
/// Both ends of the right part are free, so that a second change does not hide the first. On ranks, what is
/// found does not depend on how the noise is distributed, and one wild value weighs no more than any other.
///
/// @param at index of the first value of the right part
/// @param p share of permutations, the observed order among them, that split as well or better; 1 if
///     nothing can be cut
record EnergySplit(int at, double p) {
    private static final RandomGeneratorFactory<RandomGenerator> GENERATOR =
            RandomGeneratorFactory.of("L64X128MixRandom");

    /// As many permutations that reach what was observed settle that nothing is there: p is then their share of
    /// those tried (Besag and Clifford 1991, "Sequential Monte Carlo p-values", Biometrika 78), at least 51/999.
    private static final int ENOUGH = 51;

    /// A place to cut and the statistic there.
    private record Best(int at, double statistic) {}

    /// The best cut of values into parts of at least `shortest` values.
    ///
    /// @param permutations to compare with; if none of them reaches what was observed, up to `most` are tried
    /// @param seed of the permutations
    static EnergySplit of(double[] values, int shortest, int permutations, int most, long seed) {
        double[] ranks = midRanks(values);
        return tested(ranks, permutations, most, seed, order -> best(order, shortest));
    }

    /// The best cut that leaves `shortest` to `longest` values at the end of the stretch.
    static EnergySplit atTheEnd(
            double[] values, int before, int shortest, int longest, int permutations, int most, long seed) {
        double[] ranks = midRanks(values);
        return tested(ranks, permutations, most, seed, order -> tail(order, before, shortest, longest));
    }

    private interface Search {
        Best in(double[] ranks);
    }

    private static EnergySplit tested(double[] ranks, int permutations, int most, long seed, Search search) {
        Best observed = search.in(ranks);
        if (observed.at() < 0) {
            return new EnergySplit(-1, 1.0);
        }
        RandomGenerator random = GENERATOR.create(seed);
        double[] order = ranks.clone();
        int reached = 0;
        int tried = 0;
        while (tried < permutations || (reached == 0 && tried < most)) {
            shuffle(order, random);
            reached += search.in(order).statistic() >= observed.statistic() ? 1 : 0;
            tried++;
            if (reached == ENOUGH) {
                return new EnergySplit(observed.at(), (double) reached / tried);
            }
        }
        return new EnergySplit(observed.at(), (1.0 + reached) / (1.0 + tried));
    }

    private static void shuffle(double[] values, RandomGenerator random) {
        for (int i = values.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            double kept = values[i];
            values[i] = values[other];
            values[other] = kept;
        }
    }

    private static Best best(double[] ranks, int shortest) {
        double[][] from = distancesToEarlier(ranks);
        Best best = new Best(-1, Double.NEGATIVE_INFINITY);
        double withinLeft = 0;
        for (int at = 1; at + shortest <= ranks.length; at++) {
            withinLeft += from[at - 1][at - 1];
            if (at < shortest) {
                continue;
            }
            double across = 0;
            double withinRight = 0;
            for (int last = at; last < ranks.length; last++) {
                across += from[last][at];
                withinRight += from[last][last] - from[last][at];
                int right = last + 1 - at;
                if (right >= shortest) {
                    double statistic = statistic(at, right, across, withinLeft, withinRight);
                    if (statistic > best.statistic()) {
                        best = new Best(at, statistic);
                    }
                }
            }
        }
        return best;
    }

    private static Best tail(double[] ranks, int before, int shortest, int longest) {
        double[][] from = distancesToEarlier(ranks);
        Best best = new Best(-1, Double.NEGATIVE_INFINITY);
        for (int right = shortest; right <= longest && ranks.length - right >= before; right++) {
            int at = ranks.length - right;
            double across = 0;
            double withinLeft = 0;
            double withinRight = 0;
            for (int i = 0; i < at; i++) {
                withinLeft += from[i][i];
            }
            for (int i = at; i < ranks.length; i++) {
                across += from[i][at];
                withinRight += from[i][i] - from[i][at];
            }
            double statistic = statistic(at, right, across, withinLeft, withinRight);
            if (statistic > best.statistic()) {
                best = new Best(at, statistic);
            }
        }
        return best;
    }

    private static double statistic(int n, int m, double across, double withinLeft, double withinRight) {
        double both = (double) m + n;
        return 2 / both * across - 2.0 * m / (both * (n - 1)) * withinLeft - 2.0 * n / (both * (m - 1)) * withinRight;
    }

    /// At `[k][t]`, the sum of the distances of value k to the first t values, for t up to k.
    private static double[][] distancesToEarlier(double[] values) {
        double[][] sums = new double[values.length][];
        for (int k = 0; k < values.length; k++) {
            sums[k] = new double[k + 1];
            for (int t = 0; t < k; t++) {
                sums[k][t + 1] = sums[k][t] + Math.abs(values[t] - values[k]);
            }
        }
        return sums;
    }

    /// Ranks from 1; equal values share the mean of theirs.
    static double[] midRanks(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double[] ranks = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int first = first(sorted, values[i]);
            int last = first;
            while (last + 1 < sorted.length && sorted[last + 1] == values[i]) {
                last++;
            }
            ranks[i] = (first + last) / 2.0 + 1;
        }
        return ranks;
    }

    private static int first(double[] sorted, double value) {
        int at = Arrays.binarySearch(sorted, value);
        while (at > 0 && sorted[at - 1] == value) {
            at--;
        }
        return at;
    }
}
