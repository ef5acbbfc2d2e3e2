package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.apache.commons.statistics.inference.AlternativeHypothesis;
import org.apache.commons.statistics.inference.PValueMethod;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignedRankTest {
    /// P(W⁺ ≤ w), as `psignrank(w, n)` of R 4.3 gives it.
    @ParameterizedTest
    @CsvSource({
        "6, 0, 0.015625",
        "8, 3, 0.01953125",
        "9, 5, 0.01953125",
        "10, 8, 0.0244140625",
        "12, 13, 0.021240234375",
        "15, 25, 0.023956298828125",
        "20, 52, 0.02422046661376953",
        "25, 89, 0.024131208658218384",
        "30, 137, 0.024855060502886772"
    })
    void distributionIsThatOfTheTables(int n, int w, double p) {
        assertEquals(p, SignedRank.distribution(n).atMost(w), 1e-15);
        assertEquals(p, SignedRank.distribution(n).atLeast(n * (n + 1) / 2 - w), 1e-15);
    }

    /// Critical values of Wilcoxon (1945, table I) plus one.
    @ParameterizedTest
    @CsvSource({
        "5, 0.05, 0",
        "6, 0.05, 1",
        "8, 0.05, 4",
        "10, 0.05, 9",
        "12, 0.05, 14",
        "15, 0.05, 26",
        "20, 0.05, 53",
        "7, 0.01, 0",
        "8, 0.01, 1",
        "10, 0.01, 4",
        "15, 0.01, 16",
        "20, 0.01, 38"
    })
    void depthOfTheIntervalIsThatOfTheTables(int n, double alpha, int depth) {
        assertEquals(depth, SignedRank.distribution(n).depth(alpha / 2));
    }

    @Test
    void aTailThatIsMetExactlyIsEnough() {
        assertEquals(1, SignedRank.distribution(6).depth(1.0 / 64));
        assertEquals(0, SignedRank.distribution(6).depth(1.0 / 65));
    }

    /// Depression scores of nine patients before and after (Hollander, Wolfe and Chicken 2014, table
    /// 3.1).
    @Test
    void aTextbookExampleComesOut() {
        double[] before = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
        double[] after = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
        double[] differences = new double[9];
        Arrays.setAll(differences, i -> before[i] - after[i]);
        assertEquals(0.0390625, SignedRank.p(differences), 1e-15);
        Effect effect = Effect.paired(differences, 0.95);
        assertEquals(0.46, effect.estimate(), 1e-12);
        assertEquals(0.010, effect.interval().orElseThrow().low(), 1e-12);
        assertEquals(0.786, effect.interval().orElseThrow().high(), 1e-12);
        assertEquals(0.9609375, effect.interval().orElseThrow().confidence(), 1e-15);
    }

    @Test
    void tiesAreCountedGivenTheirMidRanks() {
        assertEquals(0.03515625, SignedRank.p(new double[] {1, 1, 2, -2, 3, 3, -1, 4, 5, 5}), 1e-15);
    }

    /// Against all 2ⁿ signs.
    @Test
    void pIsTheShareOfSignsThatAreAsExtreme() {
        Random random = new Random(3);
        for (int trial = 0; trial < 200; trial++) {
            int n = 1 + random.nextInt(9);
            double[] differences = new double[n];
            Arrays.setAll(differences, i -> random.nextInt(9) - 4);
            assertEquals(counted(differences), SignedRank.p(differences), 1e-12, Arrays.toString(differences));
        }
    }

    private static double counted(double[] given) {
        double[] differences = Arrays.stream(given).filter(d -> d != 0).toArray();
        int[] ranks = Ranks.doubled(Arrays.stream(differences).map(Math::abs).toArray());
        int observed = 0;
        for (int i = 0; i < ranks.length; i++) {
            observed += differences[i] > 0 ? ranks[i] : 0;
        }
        int below = 0;
        int above = 0;
        for (int signs = 0; signs < 1 << ranks.length; signs++) {
            int sum = 0;
            for (int i = 0; i < ranks.length; i++) {
                sum += (signs >> i & 1) == 1 ? ranks[i] : 0;
            }
            below += sum <= observed ? 1 : 0;
            above += sum >= observed ? 1 : 0;
        }
        return Math.min(1, 2.0 * Math.min(below, above) / (1 << ranks.length));
    }

    @Test
    void agreesWithTheLibraryWithoutTies() {
        Random random = new Random(4);
        for (int n : new int[] {3, 7, 15, 31, 60}) {
            double[] differences = random.doubles(n, -1, 1.3).toArray();
            double theirs = WilcoxonSignedRankTest.withDefaults()
                    .with(AlternativeHypothesis.TWO_SIDED)
                    .with(PValueMethod.EXACT)
                    .test(differences)
                    .getPValue();
            assertEquals(theirs, SignedRank.p(differences), 1e-12, "n = " + n);
        }
    }

    @Test
    void nothingButZerosIsNoDifference() {
        assertEquals(1, SignedRank.p(new double[5]));
        assertEquals(1, SignedRank.p(new double[0]));
    }

    @Test
    void manyDifferencesAreTestedApproximately() {
        double[] differences = new Random(5).doubles(400, -1, 1.1).toArray();
        double p = SignedRank.p(differences);
        assertTrue(p > 0 && p <= 1, "p = " + p);
        assertThrows(IllegalArgumentException.class, () -> SignedRank.distribution(301));
    }
}
