package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.compare.Effect.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EffectTest {
    @Test
    void sixPairsAreTheFewestThatGiveAnInterval() {
        assertTrue(Effect.paired(new double[] {1, 2, 3, 4, 5}, 0.95).interval().isEmpty());
        Interval six =
                Effect.paired(new double[] {1, 2, 3, 4, 5, 6}, 0.95).interval().orElseThrow();
        assertEquals(new Interval(1, 6, 1 - 2.0 / 64), six);
        assertEquals(6, Effect.fewestPairs(0.95));
        assertEquals(8, Effect.fewestPairs(0.99));
    }

    @Test
    void fourEachAreTheFewestThatGiveAnInterval() {
        double[] few = {1, 2, 3};
        assertTrue(Effect.unpaired(few, few, 0.95).interval().isEmpty());
        assertEquals(4, Effect.fewestEach(0.95));
        assertTrue(Effect.unpaired(new double[] {1, 2, 3, 4}, new double[] {5, 6, 7, 8}, 0.95)
                .interval()
                .isPresent());
    }

    @Test
    void nothingGivesNoInterval() {
        assertTrue(Effect.paired(new double[0], 0.95).interval().isEmpty());
        assertTrue(Effect.unpaired(new double[0], new double[] {1}, 0.95)
                .interval()
                .isEmpty());
    }

    @Test
    void aShiftOfTheDataShiftsEstimateAndInterval() {
        double[] differences = new Random(1).doubles(12, -1, 1).toArray();
        Effect before = Effect.paired(differences, 0.95);
        Effect after = Effect.paired(Arrays.stream(differences).map(d -> d + 3).toArray(), 0.95);
        assertEquals(before.estimate() + 3, after.estimate(), 1e-12);
        assertEquals(
                before.interval().orElseThrow().low() + 3,
                after.interval().orElseThrow().low(),
                1e-12);
    }

    @Test
    void swappingTheArmsNegatesTheEffect() {
        double[] differences = new Random(2).doubles(11, -1, 2).toArray();
        Effect one = Effect.paired(differences, 0.95);
        Effect other = Effect.paired(Arrays.stream(differences).map(d -> -d).toArray(), 0.95);
        assertEquals(-one.estimate(), other.estimate(), 1e-15);
        assertEquals(
                -one.interval().orElseThrow().low(),
                other.interval().orElseThrow().high(),
                1e-15);
        assertEquals(one.p(), other.p(), 1e-15);
    }

    @Test
    void orderOfTheRoundsDoesNotMatter() {
        double[] differences = {3, -1, 2, 5, 0, 1, -2};
        double[] turned = {-2, 1, 0, 5, 2, -1, 3};
        assertEquals(Effect.paired(differences, 0.95), Effect.paired(turned, 0.95));
    }

    /// The interval holds the shifts that the test does not reject: just inside an end p exceeds 1 -
    /// confidence, just outside it does not.
    @Test
    void intervalIsTheTestInverted() {
        double[] differences = new Random(3).doubles(10, -1, 1).toArray();
        Interval interval = Effect.paired(differences, 0.95).interval().orElseThrow();
        assertTrue(shifted(differences, interval.low() + 1e-9) > 0.05);
        assertTrue(shifted(differences, interval.low() - 1e-9) <= 0.05);
        assertTrue(shifted(differences, interval.high() - 1e-9) > 0.05);
        assertTrue(shifted(differences, interval.high() + 1e-9) <= 0.05);
    }

    private static double shifted(double[] differences, double by) {
        return SignedRank.p(Arrays.stream(differences).map(d -> d - by).toArray());
    }

    /// The interval covers the truth as often as it says; more often where values are tied.
    @Test
    void intervalCoversAsOftenAsItSays() {
        Random random = new Random(4);
        int covered = 0;
        int coveredTied = 0;
        for (int trial = 0; trial < 2000; trial++) {
            double[] smooth = new double[10];
            Arrays.setAll(smooth, i -> random.nextGaussian());
            double[] tied =
                    Arrays.stream(smooth).map(d -> (double) Math.round(d)).toArray();
            covered += holdsZero(smooth);
            coveredTied += holdsZero(tied);
        }
        // 95.1 % promised; three standard errors of 2000 trials are 1.4 %.
        assertEquals(0.951, covered / 2000.0, 0.0145);
        assertTrue(coveredTied >= covered, coveredTied + " tied, " + covered + " smooth");
    }

    private static int holdsZero(double[] differences) {
        Interval interval = Effect.paired(differences, 0.95).interval().orElseThrow();
        return interval.low() <= 0 && 0 <= interval.high() ? 1 : 0;
    }

    @Test
    void strataOfOneAreTheSameAsNoStrata() {
        double[] first = {1, 3, 5, 7, 9};
        double[] second = {2.5, 4.1, 6.3, 8.2, 10.9};
        Effect plain = Effect.unpaired(first, second, 0.95);
        Effect strata = Effect.stratified(List.of(first), List.of(second), 0.95);
        assertEquals(plain.estimate(), strata.estimate());
        assertEquals(plain.interval(), strata.interval());
    }

    @Test
    void strataAreNeverComparedWithEachOther() {
        // Each moved by 1; the second stands a thousand higher and has nothing to do with the first.
        double[] low = {1, 1.1, 1.2, 1.3};
        double[] high = {1001, 1001.1, 1001.2, 1001.3};
        Effect effect = Effect.stratified(
                List.of(low, high),
                List.of(
                        Arrays.stream(low).map(x -> x + 1).toArray(),
                        Arrays.stream(high).map(x -> x + 1).toArray()),
                0.95);
        assertEquals(1, effect.estimate(), 1e-9);
        Interval interval = effect.interval().orElseThrow();
        assertTrue(interval.low() > 0.69 && interval.high() < 1.31, interval.toString());
        assertTrue(interval.confidence() >= 0.95 && interval.confidence() < 0.98, interval.toString());
    }

    @Test
    void largeSamplesGiveAnApproximateInterval() {
        Random random = new Random(5);
        double[] differences = new double[400];
        Arrays.setAll(differences, i -> 0.5 + random.nextGaussian());
        Interval interval = Effect.paired(differences, 0.95).interval().orElseThrow();
        assertTrue(interval.low() < 0.5 && 0.5 < interval.high(), interval.toString());
        assertEquals(2 * 1.96 * Math.sqrt(Math.PI / 3 / 400), interval.high() - interval.low(), 0.03);
    }

    @Test
    void withinMeansTheWholeInterval() {
        Effect tight = Effect.paired(new double[] {-.01, .01, -.02, .02, 0, .01, -.01}, 0.95);
        assertTrue(tight.isShownWithin(0.02));
        assertFalse(tight.isShownWithin(0.005));
        assertFalse(Effect.paired(new double[] {0, 0}, 0.95).isShownWithin(1));
    }
}
