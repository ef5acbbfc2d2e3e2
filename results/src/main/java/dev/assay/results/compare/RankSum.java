package dev.assay.results.compare;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.statistics.inference.AlternativeHypothesis;
import org.apache.commons.statistics.inference.MannWhitneyUTest;
import org.apache.commons.statistics.inference.PValueMethod;

/// The test of Mann and Whitney for two independent samples.
///
/// U counts the pairs in which the second sample is larger. Its exact distribution where nothing
/// differs follows from looking at which sample the largest value belongs to: `P(m, n, u) = n/(m+n)
/// P(m, n-1, u-m) + m/(m+n) P(m-1, n, u)` (Mann and Whitney 1947).
final class RankSum {
    /// Product of the sample sizes up to which p and intervals are exact.
    static final int MOST_EXACT = 10_000;

    private static final Map<Sizes, NullDistribution> KNOWN = new ConcurrentHashMap<>();

    private RankSum() {}

    private record Sizes(int m, int n) {}

    static boolean isExact(int m, int n) {
        return (long) m * n <= MOST_EXACT;
    }

    /// Of U for samples of these sizes without ties.
    static NullDistribution distribution(int m, int n) {
        if (!isExact(m, n)) {
            throw new IllegalArgumentException("samples of " + m + " and " + n + " are too large");
        }
        return KNOWN.computeIfAbsent(new Sizes(m, n), RankSum::distribution);
    }

    private static NullDistribution distribution(Sizes sizes) {
        // Row i holds the distributions for i and 0..n; only the row before is needed for the next.
        double[][] row = new double[sizes.n() + 1][];
        for (int j = 0; j <= sizes.n(); j++) {
            row[j] = new double[] {1};
        }
        for (int i = 1; i <= sizes.m(); i++) {
            double[][] next = new double[sizes.n() + 1][];
            next[0] = new double[] {1};
            for (int j = 1; j <= sizes.n(); j++) {
                double[] chances = new double[i * j + 1];
                double largestIsSecond = (double) j / (i + j);
                for (int u = 0; u < next[j - 1].length; u++) {
                    chances[u + i] += largestIsSecond * next[j - 1][u];
                }
                for (int u = 0; u < row[j].length; u++) {
                    chances[u] += (1 - largestIsSecond) * row[j][u];
                }
                next[j] = chances;
            }
            row = next;
        }
        return new NullDistribution(row[sizes.n()]);
    }

    /// Two-sided p of no difference; exact given the ties (Hollander, Wolfe and Chicken 2014, §4.1,
    /// comment 5), by counting the ways to choose the second sample among the mid-ranks.
    static double p(double[] first, double[] second) {
        if (first.length == 0 || second.length == 0) {
            return 1;
        }
        double[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        if (!isExact(first.length, second.length)) {
            return MannWhitneyUTest.withDefaults()
                    .with(AlternativeHypothesis.TWO_SIDED)
                    .with(PValueMethod.ASYMPTOTIC)
                    .test(first, second)
                    .getPValue();
        }
        int[] ranks = Ranks.doubled(all);
        int sum = 0;
        for (int i = first.length; i < all.length; i++) {
            sum += ranks[i];
        }
        // Untied, the doubled sum of ranks is 2 U + n (n + 1), and the distribution need not be counted again.
        return Ranks.areDistinct(all)
                ? distribution(first.length, second.length).twoSided((sum - second.length * (second.length + 1)) / 2)
                : choosing(ranks, second.length).twoSided(sum);
    }

    /// Of the sum of some of the ranks, each choice being as likely as any other.
    private static NullDistribution choosing(int[] ranks, int chosen) {
        int most = Arrays.stream(ranks).sum();
        double[][] ways = new double[chosen + 1][most + 1];
        ways[0][0] = 1;
        // After i ranks, ways[c][s] is the chance that c of them were chosen with sum s, times those chances
        // left out below; drawing without replacement gives each rank the chance (chosen - c) / (ranks left).
        for (int i = 0; i < ranks.length; i++) {
            int left = ranks.length - i;
            for (int c = Math.min(chosen, i + 1); c >= 0; c--) {
                for (int s = most; s >= 0; s--) {
                    double stays = ways[c][s] * (left - (chosen - c)) / left;
                    double comes = c > 0 && s >= ranks[i] ? ways[c - 1][s - ranks[i]] * (chosen - c + 1) / left : 0;
                    ways[c][s] = stays + comes;
                }
            }
        }
        return new NullDistribution(ways[chosen]);
    }
}
