package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.apache.commons.statistics.inference.AlternativeHypothesis;
import org.apache.commons.statistics.inference.MannWhitneyUTest;
import org.apache.commons.statistics.inference.PValueMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankSumTest {
    /// P(U ≤ u), as `pwilcox(u, m, n)` of R 4.3 gives it.
    @ParameterizedTest
    @CsvSource({
        "4, 4, 0, 0.014285714285714285",
        "5, 5, 2, 0.015873015873015872",
        "5, 7, 5, 0.023989898989898988",
        "8, 8, 13, 0.024941724941724943",
        "10, 10, 23, 0.02162852627248912",
        "15, 15, 64, 0.02266694954896133",
        "3, 12, 4, 0.024175824175824177"
    })
    void distributionIsThatOfTheTables(int m, int n, int u, double p) {
        assertEquals(p, RankSum.distribution(m, n).atMost(u), 1e-14);
        assertEquals(p, RankSum.distribution(n, m).atLeast(m * n - u), 1e-14);
    }

    /// Permeability of membranes (Hollander, Wolfe and Chicken 2014, table 4.1); `wilcox.test` of R
    /// gives W = 35.
    @Test
    void aTextbookExampleComesOut() {
        double[] atTerm = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
        double[] early = {1.15, 0.88, 0.90, 0.74, 1.21};
        assertEquals(0.2544122544122544, RankSum.p(atTerm, early), 1e-14);
        Effect effect = Effect.unpaired(atTerm, early, 0.95);
        assertEquals(-0.305, effect.estimate(), 1e-12);
        assertEquals(-0.76, effect.interval().orElseThrow().low(), 1e-12);
        assertEquals(0.15, effect.interval().orElseThrow().high(), 1e-12);
    }

    @Test
    void tiesAreCountedGivenTheirMidRanks() {
        assertEquals(
                0.12554112554112554, RankSum.p(new double[] {1, 2, 2, 3, 5}, new double[] {2, 3, 4, 4, 6, 7}), 1e-14);
    }

    /// Against all choices of the second sample.
    @Test
    void pIsTheShareOfChoicesThatAreAsExtreme() {
        Random random = new Random(6);
        for (int trial = 0; trial < 100; trial++) {
            double[] first =
                    random.ints(1 + random.nextInt(5), 0, 6).asDoubleStream().toArray();
            double[] second =
                    random.ints(1 + random.nextInt(5), 0, 6).asDoubleStream().toArray();
            assertEquals(counted(first, second), RankSum.p(first, second), 1e-12);
        }
    }

    private static double counted(double[] first, double[] second) {
        double[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        int[] ranks = Ranks.doubled(all);
        int observed = 0;
        for (int i = first.length; i < all.length; i++) {
            observed += ranks[i];
        }
        int choices = 0;
        int below = 0;
        int above = 0;
        for (int chosen = 0; chosen < 1 << all.length; chosen++) {
            if (Integer.bitCount(chosen) == second.length) {
                int sum = 0;
                for (int i = 0; i < all.length; i++) {
                    sum += (chosen >> i & 1) == 1 ? ranks[i] : 0;
                }
                choices++;
                below += sum <= observed ? 1 : 0;
                above += sum >= observed ? 1 : 0;
            }
        }
        return Math.min(1, 2.0 * Math.min(below, above) / choices);
    }

    @Test
    void agreesWithTheLibraryWithoutTies() {
        Random random = new Random(7);
        for (int n : new int[] {2, 5, 9, 20}) {
            double[] first = random.doubles(n).toArray();
            double[] second = random.doubles(n + 3, 0.1, 1.2).toArray();
            double theirs = MannWhitneyUTest.withDefaults()
                    .with(AlternativeHypothesis.TWO_SIDED)
                    .with(PValueMethod.EXACT)
                    .test(first, second)
                    .getPValue();
            assertEquals(theirs, RankSum.p(first, second), 1e-12, "n = " + n);
        }
    }

    @Test
    void largeSamplesAreTestedApproximately() {
        Random random = new Random(8);
        double[] first = random.doubles(120).toArray();
        double[] second = random.doubles(120, 0.5, 1.5).toArray();
        assertEquals(0, RankSum.p(first, second), 1e-6);
        assertThrows(IllegalArgumentException.class, () -> RankSum.distribution(120, 120));
        assertEquals(
                0.5,
                Effect.unpaired(first, second, 0.95).interval().orElseThrow().low(),
                0.15);
    }
}
