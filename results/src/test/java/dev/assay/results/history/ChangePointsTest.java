package dev.assay.results.history;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChangePointsTest {
    private static final ChangePoints.Search SEARCH = new ChangePoints.Search(2, ChangePoints.PERMUTATIONS, 7);

    private static double[] levels(double... levelsOfFive) {
        return IntStream.range(0, levelsOfFive.length * 5)
                .mapToDouble(i -> levelsOfFive[i / 5] * (1 + 0.001 * (i * 7 % 5)))
                .toArray();
    }

    @Test
    void equalValuesShareARank() {
        assertArrayEquals(new double[] {2.5, 1, 2.5, 4, 5}, EnergySplit.midRanks(new double[] {3, 1, 3, 4, 9}), 0);
        assertArrayEquals(new double[] {2, 2, 2}, EnergySplit.midRanks(new double[] {8, 8, 8}), 0);
    }

    /// By hand: ranks 1..5 and 6..10. The 25 distances across sum to 125, the 10 on each side to 20. With n
    /// = m = 5, Q = 2/10·125 - 10/(10·4)·20 - 10/(10·4)·20 = 15. Of the 252 ways to choose the left five, 2
    /// reach it.
    @Test
    void aCleanStepIsAsRareAsItShouldBe() {
        EnergySplit split = EnergySplit.of(levels(100, 200), 5, 99_999, 99_999, 1);
        assertEquals(5, split.at());
        assertEquals(2.0 / 252, split.p(), 0.001);
    }

    @Test
    void nothingIsSeenInEqualValues() {
        double[] same = new double[40];
        Arrays.fill(same, 12.5);
        ChangePoints found = ChangePoints.in(same, SEARCH);
        assertEquals(List.of(0), found.starts());
        assertEquals(1.0, found.p());
        assertTrue(found.provisional().isEmpty());
    }

    @Test
    void tooFewValuesAreNotTested() {
        assertEquals(
                1.0,
                ChangePoints.in(new double[] {1, 1, 1, 1, 9, 9, 9, 9, 9}, SEARCH)
                        .p());
        assertEquals(List.of(0), ChangePoints.in(new double[0], SEARCH).starts());
        assertEquals(List.of(0), ChangePoints.in(new double[] {5}, SEARCH).starts());
    }

    @Test
    void severalChangesAreFoundWhereTheyAre() {
        double[] values = levels(100, 100, 130, 130, 130, 90, 90, 90);
        assertEquals(List.of(0, 10, 25), ChangePoints.in(values, SEARCH).starts());
    }

    /// A level that returns: the free right end keeps the bump from hiding.
    @Test
    void aBumpIsFoundFromItsBeginningToItsEnd() {
        double[] values = levels(100, 100, 100, 140, 140, 100, 100, 100);
        assertEquals(List.of(0, 15, 25), ChangePoints.in(values, SEARCH).starts());
    }

    @Test
    void aSmallChangeIsDroppedHoweverClearItIs() {
        double[] values = levels(100, 100, 100, 101.5, 101.5, 101.5);
        ChangePoints found = ChangePoints.in(values, SEARCH);
        assertTrue(found.p() <= 0.001, "significant: " + found.p());
        assertEquals(List.of(0), found.starts());
        double[] larger = levels(100, 100, 100, 108, 108, 108);
        assertEquals(List.of(0, 15), ChangePoints.in(larger, SEARCH).starts());
        ChangePoints.Search loud = new ChangePoints.Search(10, ChangePoints.PERMUTATIONS, 7);
        assertEquals(List.of(0), ChangePoints.in(larger, loud).starts(), "below the noise floor of 10 %");
    }

    @Test
    void oneWildValueIsNoChange() {
        double[] values = levels(100, 100, 100, 100);
        values[9] = 100_000;
        assertEquals(List.of(0), ChangePoints.in(values, SEARCH).starts());
        values[19] = 100_000;
        assertTrue(ChangePoints.in(values, SEARCH).provisional().isEmpty());
    }

    /// Of four new values the fifth of a segment may be taken from those before, where that is still
    /// significant.
    @Test
    void newestValuesAreProvisionalUntilThereAreEnough() {
        double[] before = levels(100, 100, 100, 100);
        List<List<Integer>> starts = List.of(List.of(0), List.of(0), List.of(0), List.of(0, 19), List.of(0, 20));
        for (int fresh = 1; fresh <= 5; fresh++) {
            double[] values = Arrays.copyOf(before, 20 + fresh);
            Arrays.fill(values, 20, 20 + fresh, 150);
            ChangePoints found = ChangePoints.in(values, SEARCH);
            assertEquals(starts.get(fresh - 1), found.starts(), fresh + " new values");
            assertEquals(fresh == 2 || fresh == 3, found.provisional().isPresent(), fresh + " new values");
            found.provisional().ifPresent(newest -> assertEquals(20, newest.start()));
        }
    }

    @Test
    void theSameSeedFindsTheSame() {
        double[] values = Samples.noisy(Samples.random(3), 60, 0.05, 0, 40, 6);
        assertEquals(ChangePoints.in(values, SEARCH), ChangePoints.in(values, SEARCH));
    }

    @Test
    void fewUnchangedSeriesAreSaidToHaveChanged() {
        RandomGenerator random = Samples.random(20261128);
        int wrong = 0;
        int found = 0;
        for (int i = 0; i < 200; i++) {
            double[] calm = Samples.noisy(random, 30, 0.03, 0, 30, 0);
            wrong += ChangePoints.in(calm, new ChangePoints.Search(2, 999, i))
                                    .starts()
                                    .size()
                            > 1
                    ? 1
                    : 0;
            double[] step = Samples.noisy(random, 25, 0.03, 0, 20, 10);
            found += ChangePoints.in(step, new ChangePoints.Search(2, 999, i))
                                    .starts()
                                    .size()
                            > 1
                    ? 1
                    : 0;
        }
        // 200 series at 5 % make 10 on average; more than 20 would be three standard deviations off.
        assertTrue(wrong <= 20, wrong + " of 200");
        assertTrue(found >= 190, found + " of 200");
    }

    @Test
    void manySeriesNeedMoreEvidenceEach() {
        assertEquals(-1, Finding.limit(new double[] {0.04, 0.5, 0.9}), "0.04 > 0.05/3");
        assertEquals(0.016, Finding.limit(new double[] {0.9, 0.016, 0.5}));
        assertEquals(0.05, Finding.limit(new double[] {0.05}));
        assertEquals(0.03, Finding.limit(new double[] {0.03, 0.02, 0.9}), "the step up: 2/3 of 5 % for two");
        assertEquals(-1, Finding.limit(new double[0]));
    }

    /// With 999 permutations the smallest p is 0.001, which among 500 series passes only in company.
    @Test
    void oneChangeIsFoundAmongFiveHundredSeries() {
        RandomGenerator random = Samples.random(1);
        List<Series> all = IntStream.range(0, 500)
                .mapToObj(i -> Samples.series("matmul/" + i, Samples.noisy(random, 30, 0.03, 0, 15, i == 250 ? 30 : 0)))
                .toList();
        List<Finding> findings = Finding.in(all, one -> 2);
        assertTrue(
                findings.get(250).hasChanged(),
                "p " + findings.get(250).changes().p());
        assertTrue(findings.stream().filter(Finding::hasChanged).count() <= 2, "and hardly another");
    }

    @Test
    void failedRunsStayOutOfTheTestAndInTheSeries() {
        Double[] values = new Double[24];
        for (int i = 0; i < values.length; i++) {
            values[i] = i == 8 || i == 9 ? null : Double.valueOf(i < 10 ? 100 + i % 3 : 150 + i % 3);
        }
        Series series = Samples.series("matmul/a", values);
        Finding finding = Finding.in(List.of(series), one -> 2).getFirst();
        assertEquals(24, finding.series().points().size());
        assertEquals(List.of(0, 8), finding.changes().starts(), "positions of values");
        assertEquals(
                List.of(
                        new Finding.Stretch(0, 7, 8, 101, 0, false),
                        new Finding.Stretch(10, 23, 14, 151, 100 * (151.0 / 101 - 1), false)),
                finding.stretches(),
                "positions of points");
    }
}
