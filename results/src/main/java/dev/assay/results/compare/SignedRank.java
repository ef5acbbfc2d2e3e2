package dev.assay.results.compare;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.statistics.inference.AlternativeHypothesis;
import org.apache.commons.statistics.inference.PValueMethod;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;

/// Wilcoxon's signed-rank test of paired differences.
///
/// W⁺ is the sum of the ranks of |d| over the positive d. Where nothing differs each sign is a fair
/// coin, so its exact distribution follows from `c_n(w) = c_(n-1)(w) + c_(n-1)(w - n)` (Hollander,
/// Wolfe and Chicken 2014, §3.1).
final class SignedRank {
    /// From here on the normal approximation is used: its error is below 1e-3 of p and the exact sum
    /// takes n³ steps.
    static final int MOST_EXACT = 300;

    private static final Map<Integer, NullDistribution> KNOWN = new ConcurrentHashMap<>();

    private SignedRank() {}

    /// Of W⁺ for n differences without ties.
    static NullDistribution distribution(int n) {
        if (n > MOST_EXACT) {
            throw new IllegalArgumentException("n is " + n + ", more than " + MOST_EXACT);
        }
        return KNOWN.computeIfAbsent(n, count -> {
            int[] ranks = new int[count];
            Arrays.setAll(ranks, i -> i + 1);
            return distribution(ranks);
        });
    }

    /// Of the sum of those of some ranks whose coin shows heads.
    private static NullDistribution distribution(int[] ranks) {
        int most = Arrays.stream(ranks).sum();
        double[] chances = new double[most + 1];
        chances[0] = 1;
        int reached = 0;
        for (int rank : ranks) {
            reached += rank;
            for (int w = reached; w >= 0; w--) {
                chances[w] = (chances[w] + (w >= rank ? chances[w - rank] : 0)) / 2;
            }
        }
        return new NullDistribution(chances);
    }

    /// Two-sided p of no difference.
    ///
    /// Zeros are dropped (Wilcoxon 1945). Ties get mid-ranks, and the distribution is the exact one
    /// given these (Hollander, Wolfe and Chicken 2014, §3.1, comment 10): ranks are counted in halves.
    static double p(double[] differences) {
        double[] left = Arrays.stream(differences).filter(d -> d != 0).toArray();
        if (left.length == 0) {
            return 1;
        }
        if (left.length > MOST_EXACT) {
            return WilcoxonSignedRankTest.withDefaults()
                    .with(AlternativeHypothesis.TWO_SIDED)
                    .with(PValueMethod.ASYMPTOTIC)
                    .test(left)
                    .getPValue();
        }
        int[] ranks = Ranks.doubled(Arrays.stream(left).map(Math::abs).toArray());
        int plus = 0;
        for (int i = 0; i < left.length; i++) {
            plus += left[i] > 0 ? ranks[i] : 0;
        }
        return distribution(ranks).twoSided(plus);
    }
}
