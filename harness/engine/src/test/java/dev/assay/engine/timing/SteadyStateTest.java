package dev.assay.engine.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SteadyStateTest {
    @Test
    void timesThatFallOrRiseHaveNotSettled() {
        assertTrue(SteadyState.hasTrend(new double[] {108, 106, 104, 102, 100}));
        assertTrue(SteadyState.hasTrend(new double[] {100, 102, 104, 106, 108}));
        // One pair of fifteen values is out of order.
        double[] warming = IntStream.range(0, 15)
                .mapToDouble(i -> 100 + 50 * Math.exp(-i / 4.0))
                .toArray();
        warming[7] = warming[6] + 0.1;
        assertTrue(SteadyState.hasTrend(warming));
    }

    @Test
    void aStepInTheMiddleIsNoSteadyState() {
        double[] step = IntStream.range(0, 14)
                .mapToDouble(i -> (i < 7 ? 120 : 100) + i * 7 % 3)
                .toArray();
        assertTrue(SteadyState.hasTrend(step));
    }

    @Test
    void noiseWithoutATrendIsSteady() {
        assertFalse(SteadyState.hasTrend(new double[] {104, 100, 108, 102, 106}));
        assertFalse(SteadyState.hasTrend(new double[] {100, 100, 100, 100, 100}));
        assertFalse(SteadyState.hasTrend(new double[] {100, 100, 100, 100, 900}), "an outlier is no trend");
    }

    @Test
    void aTrendOfOnePerCentIsTooSmallToMatter() {
        double[] small = IntStream.range(0, 15).mapToDouble(i -> 1000 + 0.5 * i).toArray();
        assertFalse(SteadyState.hasTrend(small));
        double[] larger = IntStream.range(0, 15).mapToDouble(i -> 1000 + i).toArray();
        assertTrue(SteadyState.hasTrend(larger), "15 of 1007");
    }

    @Test
    void ofFourValuesNoOrderIsRare() {
        assertFalse(SteadyState.hasTrend(new double[] {4, 3, 2, 1}));
        assertFalse(SteadyState.hasTrend(new double[] {}));
    }

    /// Kendall's table of S for n = 5 and 10: Kendall, Rank Correlation Methods, 4th edition, appendix table 1,
    /// one-sided, doubled here.
    @ParameterizedTest
    @CsvSource({"5, 10, 0.0083", "5, 8, 0.042", "5, 6, 0.117", "10, 21, 0.036", "10, 23, 0.023", "10, 45, 0.0000003"})
    void probabilitiesAreThoseOfTheTables(int n, int s, double oneSided) {
        assertEquals(2 * oneSided, SteadyState.probability(n, s), oneSided < 0.001 ? 1e-7 : 1e-3);
    }

    @Test
    void everyOrderIsAtLeastAsFarFromNothing() {
        for (int n = 2; n <= 20; n++) {
            assertEquals(1, SteadyState.probability(n, 0), 1e-12);
        }
    }

    /// Of rounds without a trend at most one in 20 seems to have one, and the exact test of 5 or 15 values less.
    @Test
    void chanceSeldomLooksLikeATrend() {
        Random random = new Random(20261128);
        for (int n : new int[] {5, 15, 2000}) {
            List<Boolean> found = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                found.add(SteadyState.hasTrend(IntStream.range(0, n)
                        .mapToDouble(each -> 100 * Math.exp(0.3 * random.nextGaussian()))
                        .toArray()));
            }
            long alarms = found.stream().filter(each -> each).count();
            // 20 expected at most; more than 34 of 400 has a probability of 0.1 %.
            assertTrue(alarms <= 34, alarms + " of 400 at n = " + n);
        }
    }

    @Test
    void manyRunsAreTakenInStretches() {
        double[] drift = IntStream.range(0, 2000)
                .mapToDouble(i -> 100 + i / 100.0 + (i * 37 % 11))
                .toArray();
        assertTrue(SteadyState.hasTrend(drift));
    }

    @Test
    void aCaseThatHasNotSettledIsTimedOnceMoreWithTwiceTheWarmup() {
        List<Integer> warmups = new ArrayList<>();
        List<Sample> kept = CaseTimer.settled(new Effort(2, 5, 40), effort -> {
            warmups.add(effort.warmups());
            List<Sample> samples = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                samples.add(new Sample("jmh", 0, i, 1, warmups.size() == 1 ? 200 - 10 * i : 100 + i % 2));
            }
            return samples;
        });
        assertEquals(List.of(2, 4), warmups);
        assertEquals(100, kept.getFirst().nanos());
        warmups.clear();
        CaseTimer.settled(new Effort(2, 5, 40), effort -> {
            warmups.add(effort.warmups());
            return IntStream.range(0, 5)
                    .mapToObj(i -> new Sample("jmh", 0, i, 1, 200 - 10 * i))
                    .toList();
        });
        assertEquals(List.of(2, 4), warmups, "not a third time");
    }
}
