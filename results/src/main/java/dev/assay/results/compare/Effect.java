package dev.assay.results.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.statistics.distribution.NormalDistribution;

/// By how much one arm differs from the other, in logarithms.
///
/// @param estimate of Hodges and Lehmann
/// @param interval with the asked-for confidence at least; empty if no number of values so small can
///     give it
/// @param p two-sided, of no difference
record Effect(double estimate, Optional<Interval> interval, double p) {

    /// @param confidence that it really has; more than was asked for, as ranks come in steps
    record Interval(double low, double high, double confidence) {
        boolean isWithin(double margin) {
            return -margin <= low && high <= margin;
        }
    }

    /// Of paired differences: the median of the means of all pairs, each with itself too (Hodges and
    /// Lehmann 1963), with the interval that the signed-rank test does not reject (Tukey; Hollander,
    /// Wolfe and Chicken 2014, §3.3). With ties the interval holds what it promises or more.
    static Effect paired(double[] differences, double confidence) {
        double[] means = walsh(differences);
        Optional<Interval> interval = differences.length > SignedRank.MOST_EXACT
                ? approximate(means, signedRankSpread(differences.length), confidence)
                : exact(means, SignedRank.distribution(differences.length), confidence);
        return new Effect(median(means), interval, SignedRank.p(differences));
    }

    /// Of two independent samples: the median of all differences second - first (Hodges and Lehmann
    /// 1963), with the interval that the test of Mann and Whitney does not reject (Moses; Hollander,
    /// Wolfe and Chicken 2014, §4.3).
    static Effect unpaired(double[] first, double[] second, double confidence) {
        double[] differences = differences(first, second);
        Optional<Interval> interval = RankSum.isExact(first.length, second.length)
                ? exact(differences, RankSum.distribution(first.length, second.length), confidence)
                : approximate(differences, rankSumSpread(first.length, second.length), confidence);
        return new Effect(median(differences), interval, RankSum.p(first, second));
    }

    /// Of independent samples of several things that may have moved together: all differences within a
    /// thing, over all things; the statistic is the sum of theirs (Hollander, Wolfe and Chicken 2014,
    /// §4.1, comment 12, after van Elteren 1960 with equal weights).
    static Effect stratified(List<double[]> firsts, List<double[]> seconds, double confidence) {
        double[] differences = new double[0];
        NullDistribution distribution = new NullDistribution(new double[] {1});
        for (int i = 0; i < firsts.size(); i++) {
            double[] own = differences(firsts.get(i), seconds.get(i));
            int before = differences.length;
            differences = Arrays.copyOf(differences, before + own.length);
            System.arraycopy(own, 0, differences, before, own.length);
            distribution = distribution.plus(RankSum.distribution(firsts.get(i).length, seconds.get(i).length));
        }
        Arrays.sort(differences);
        long above = Arrays.stream(differences).filter(d -> d > 0).count();
        long halves = Arrays.stream(differences).filter(d -> d == 0).count();
        double p = distribution.twoSided(Math.toIntExact(above + halves / 2));
        return new Effect(median(differences), exact(differences, distribution, confidence), p);
    }

    /// Fewest pairs that give an interval.
    static int fewestPairs(double confidence) {
        int n = 1;
        while (SignedRank.distribution(n).depth((1 - confidence) / 2) == 0) {
            n++;
        }
        return n;
    }

    /// Fewest values on each side that give an interval.
    static int fewestEach(double confidence) {
        int n = 1;
        while (RankSum.distribution(n, n).depth((1 - confidence) / 2) == 0) {
            n++;
        }
        return n;
    }

    /// Whether the whole interval lies within the margin.
    boolean isShownWithin(double margin) {
        return interval.isPresent() && interval.get().isWithin(margin);
    }

    /// The estimate with its interval.
    String words() {
        return Decision.signed(estimate)
                + interval.map(i -> " (" + Decision.signed(i.low()) + " to " + Decision.signed(i.high()) + ")")
                        .orElse(" (too few rounds for an interval)");
    }

    /// (d_i + d_j) / 2 for i ≤ j, sorted.
    static double[] walsh(double[] differences) {
        int n = differences.length;
        double[] means = new double[n * (n + 1) / 2];
        int at = 0;
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                means[at++] = (differences[i] + differences[j]) / 2;
            }
        }
        Arrays.sort(means);
        return means;
    }

    /// second - first for all pairs, sorted.
    static double[] differences(double[] first, double[] second) {
        double[] differences = new double[first.length * second.length];
        int at = 0;
        for (double a : first) {
            for (double b : second) {
                differences[at++] = b - a;
            }
        }
        Arrays.sort(differences);
        return differences;
    }

    static Optional<Interval> exact(double[] sorted, NullDistribution distribution, double confidence) {
        int depth = distribution.depth((1 - confidence) / 2);
        return interval(sorted, depth, 1 - 2 * distribution.atMost(depth - 1));
    }

    /// The rank statistic has mean M/2 and this standard deviation; its normal approximation gives the
    /// depth.
    private static Optional<Interval> approximate(double[] sorted, double spread, double confidence) {
        double z = NormalDistribution.of(0, 1).inverseSurvivalProbability((1 - confidence) / 2);
        return interval(sorted, (int) Math.floor(sorted.length / 2.0 - z * spread), confidence);
    }

    private static Optional<Interval> interval(double[] sorted, int depth, double confidence) {
        return depth <= 0
                ? Optional.empty()
                : Optional.of(new Interval(sorted[depth - 1], sorted[sorted.length - depth], confidence));
    }

    private static double signedRankSpread(double n) {
        return Math.sqrt(n * (n + 1) * (2 * n + 1) / 24);
    }

    private static double rankSumSpread(double m, double n) {
        return Math.sqrt(m * n * (m + n + 1) / 12);
    }

    /// NaN of nothing.
    static double median(double[] sorted) {
        int n = sorted.length;
        return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }
}
