package dev.assay.engine.timing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.DeviceInfo;
import dev.assay.engine.timing.TimingSummary.Peaks;
import dev.assay.engine.timing.TimingSummary.Yardstick;
import dev.assay.operator.Cost;
import dev.assay.results.Json;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.SampleRow;
import dev.assay.results.TimingRow;
import dev.assay.tensor.DType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimingSummaryTest {
    private static final BackendRef BACKEND = new BackendRef("acme", "a=1");
    private static final Peaks UNKNOWN = new Peaks("Acme N1", 0, 0);
    private static final Cost COST = new Cost(2e6, 1e3);

    private static final PlannedCase CASE = new PlannedCase(
            "mine",
            "matmul/a/b/-/normal",
            "0123456789abcdef",
            "matmul",
            "a",
            "b",
            "-",
            "normal",
            7,
            "w",
            1,
            null,
            Json.STRICT.createObjectNode());

    private static List<Sample> samples(String clock, int round, double... nanos) {
        return IntStream.range(0, nanos.length)
                .mapToObj(i -> new Sample(clock, round, i, 3, nanos[i]))
                .toList();
    }

    private static TimingRow only(Peaks peaks, Cost cost, List<Sample> samples) {
        List<TimingRow> rows = rows(peaks, cost, samples);
        assertEquals(1, rows.size());
        return rows.getFirst();
    }

    private static List<TimingRow> rows(Peaks peaks, Cost cost, List<Sample> samples) {
        Yardstick yardstick = new Yardstick(cost, 1000, DType.F32, Optional.empty(), 1e6);
        return TimingSummary.rows(
                CASE, BACKEND, yardstick, new TimingSummary.Rounds(peaks, List.of(99L, 98L, 2000L), 0, samples));
    }

    private static String quality(int throttled, List<Sample> samples) {
        Yardstick yardstick = new Yardstick(COST, 1000, DType.F32, Optional.empty(), 1e6);
        return TimingSummary.rows(
                        CASE, BACKEND, yardstick, new TimingSummary.Rounds(UNKNOWN, List.of(), throttled, samples))
                .getFirst()
                .quality();
    }

    private static double[] upTo(int n) {
        return DoubleStream.iterate(1, x -> x + 1).limit(n).toArray();
    }

    /// NIST/SEMATECH e-Handbook, section 7.2.6.2, example of percentiles; the values are those of definition 7.
    @Test
    void percentilesInterpolateBetweenOrderStatistics() {
        double[] gauge = {
            95.0610, 95.0925, 95.1065, 95.1195, 95.1442, 95.1567, 95.1591, 95.1682, 95.1772, 95.1937, 95.1959, 95.1990
        };
        assertEquals(95.1591 + 0.5 * (95.1567 - 95.1591), TimingSummary.percentile(gauge, 0.5), 1e-12);
        assertEquals(95.1937 + 0.9 * (95.1959 - 95.1937), TimingSummary.percentile(gauge, 0.9), 1e-12);
        assertEquals(95.0610, TimingSummary.percentile(gauge, 0));
        assertEquals(95.1990, TimingSummary.percentile(gauge, 1));
        assertEquals(4, TimingSummary.percentile(new double[] {4}, 0.99));
        assertEquals(1.99, TimingSummary.percentile(new double[] {1, 2}, 0.99), 1e-15);
    }

    /// Positions and levels from the binomial distribution, as tables of the sign test have them.
    @ParameterizedTest
    @CsvSource({
        "6, 1, 0.96875",
        "7, 1, 0.984375",
        "8, 1, 0.9921875",
        "9, 2, 0.9609375",
        "10, 2, 0.978515625",
        "15, 4, 0.96484375",
        "20, 6, 0.95861053466796875",
        "25, 8, 0.95671474933624267578125"
    })
    void theMediansIntervalHasTheOrderStatisticsOfTheTables(int n, int k, double level) {
        double[] interval = TimingSummary.medianInterval(upTo(n));
        assertArrayEquals(new double[] {k, n + 1 - k, level}, interval, 1e-12);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void fewSamplesGiveNoInterval(int n) {
        assertEquals(0, TimingSummary.medianInterval(upTo(n)).length);
    }

    /// Against exact binomial sums; the probability of a single outcome leaves the range of f64 at 1075 samples.
    @ParameterizedTest
    @ValueSource(ints = {6, 30, 100, 1000, 1074, 1075, 3000})
    void theMediansIntervalIsTheNarrowestOneOfItsConfidence(int n) {
        double[] interval = TimingSummary.medianInterval(upTo(n));
        int k = (int) interval[0];
        assertEquals(n + 1 - k, interval[1], "symmetric");
        assertEquals(level(n, k), interval[2], 1e-9);
        assertTrue(level(n, k) >= 0.95 && level(n, k + 1) < 0.95, "k = " + k + " of " + n);
    }

    /// 1 - 2 P(B < k), exactly.
    private static double level(int n, int k) {
        BigInteger sum = BigInteger.ZERO;
        BigInteger choose = BigInteger.ONE;
        for (int i = 0; i < k; i++) {
            sum = sum.add(choose);
            choose = choose.multiply(BigInteger.valueOf(n - i)).divide(BigInteger.valueOf(i + 1));
        }
        BigDecimal tail = new BigDecimal(sum.shiftLeft(1)).divide(new BigDecimal(BigInteger.TWO.pow(n)));
        return BigDecimal.ONE.subtract(tail).doubleValue();
    }

    @Test
    void aRowHoldsWhatTheSamplesSay() {
        List<Sample> taken = new ArrayList<>(samples("jmh", 0, 1000, 2000, 4000));
        taken.addAll(samples("jmh", 1, 3000, 3000, 9000));
        TimingRow row = only(UNKNOWN, COST, taken);
        assertEquals("measured", row.mode());
        assertEquals("jmh", row.clock());
        assertEquals(2, row.rounds());
        assertEquals(3, row.iterations());
        assertEquals(6, row.samples());
        assertEquals(1000, row.min());
        assertEquals(3000, row.p50());
        assertEquals(6500, row.p90(), "halfway from the fifth to the sixth");
        assertEquals(8750, row.p99(), 1e-9);
        assertEquals(9000, row.max());
        assertEquals(22_000 / 6.0, row.mean(), 1e-9);
        assertEquals(1000, row.ciLow());
        assertEquals(9000, row.ciHigh());
        assertEquals(0.96875, row.ciLevel());
        // Medians 2000 and 3000: mean 2500, standard deviation 500 * sqrt(2).
        assertEquals(100 * 500 * Math.sqrt(2) / 2500, assertPresent(row.roundCvPct()), 1e-9);
        assertEquals(99, row.prepareNs());
        // 2e6 operations and 1e3 bytes in 3 us.
        assertEquals(2e6 / 3e-6 / 1e9, row.gflopsPerS(), 1e-9);
        assertEquals(1e3 / 3e-6 / 1e9, row.gbPerS(), 1e-9);
        assertEquals(2000, row.intensity());
        assertNull(row.rooflinePct());
        assertEquals("scattered", row.quality());
        assertEquals("Acme N1", row.device());
        assertEquals("a=1", row.backendOptions());
        assertEquals(7, row.seed());
    }

    private static double assertPresent(@org.jspecify.annotations.Nullable Double value) {
        assertNotNull(value);
        return value;
    }

    @Test
    void oneRoundHasNoVariationBetweenRounds() {
        assertNull(only(UNKNOWN, COST, samples("jmh", 0, 1, 2, 3)).roundCvPct());
    }

    @Test
    void everyClockHasARowOfItsOwn() {
        List<Sample> both = new ArrayList<>(samples("jmh", 0, 10, 20, 30, 40, 50));
        both.addAll(samples("device", 0, 5, 6, 7, 8, 9));
        List<TimingRow> rows = rows(UNKNOWN, COST, both);
        assertEquals(
                List.of("jmh", "device"), rows.stream().map(TimingRow::clock).toList());
        assertEquals(List.of(30.0, 7.0), rows.stream().map(TimingRow::p50).toList());
        assertEquals(List.of(), rows(UNKNOWN, COST, List.of()));
    }

    @Test
    void modelledTimesAreMarkedAndOneOfThemIsEnough() {
        TimingRow row = only(UNKNOWN, COST, samples("modelled", 0, 500));
        assertEquals("modelled", row.mode());
        assertEquals("ok", row.quality());
        assertNull(row.ciLow());
        assertNull(row.ciHigh());
        assertNull(row.ciLevel());
        assertEquals("few", only(UNKNOWN, COST, samples("jmh", 0, 500)).quality());
        assertEquals(
                "few", only(UNKNOWN, COST, samples("jmh", 0, 11, 12, 13, 14)).quality());
        assertEquals(
                "ok", only(UNKNOWN, COST, samples("jmh", 0, 11, 14, 12, 15, 13)).quality());
        assertEquals(
                "scattered",
                only(UNKNOWN, COST, samples("jmh", 0, 1, 4, 2, 5, 3)).quality());
        assertEquals(
                "few;scattered", only(UNKNOWN, COST, samples("jmh", 0, 1, 2)).quality());
    }

    @Test
    void theRooflineIsTheSlowerOfArithmeticAndMemory() {
        double[] microsecond = {1000, 1000, 1000, 1000, 1000};
        // 2e6 operations at 4e12 a second take 0.5 us; 1e3 bytes at 1e10 take 0.1 us.
        assertEquals(50, rooflinePct(new Peaks("d", 4e12, 1e10), COST, microsecond), 1e-9);
        // At 2e9 bytes a second they take 0.5 us, too; at 1e9 the memory decides.
        assertEquals(100, rooflinePct(new Peaks("d", 4e12, 1e9), COST, microsecond), 1e-9);
        assertEquals(100, rooflinePct(new Peaks("d", 0, 1e9), COST, microsecond), 1e-9, "only one peak declared");
        assertEquals(50, rooflinePct(new Peaks("d", 4e12, 0), COST, microsecond), 1e-9);
        assertNull(only(UNKNOWN, COST, samples("jmh", 0, microsecond)).rooflinePct());
        assertNull(only(new Peaks("d", 4e12, 0), new Cost(0, 8), samples("jmh", 0, microsecond))
                .rooflinePct());
    }

    private static double rooflinePct(Peaks peaks, Cost cost, double... nanos) {
        return assertPresent(only(peaks, cost, samples("jmh", 0, nanos)).rooflinePct());
    }

    @Test
    void aTimeThatThePeaksDoNotAllowIsMistrusted() {
        Peaks slow = new Peaks("d", 1e12, 0);
        assertEquals(
                "mistrusted", only(slow, COST, samples("jmh", 0, 9, 9, 9, 9, 9)).quality());
        assertEquals("few;mistrusted", only(slow, COST, samples("jmh", 0, 9)).quality());
        // 2 us are what 1e12 flops a second allow, and declared peaks are promises.
        assertEquals(
                "ok",
                only(slow, COST, samples("jmh", 0, 2000, 2000, 2000, 2000, 2000))
                        .quality());
        assertEquals(
                "mistrusted",
                only(slow, COST, samples("jmh", 0, 1999, 1999, 1999, 1999, 1999))
                        .quality());
    }

    private static List<Sample> rounds(int trending, int level) {
        List<Sample> taken = new ArrayList<>();
        for (int round = 0; round < trending + level; round++) {
            taken.addAll(
                    round < trending
                            ? samples("jmh", round, 100, 102, 104, 106, 108)
                            : samples("jmh", round, 104, 100, 108, 102, 106));
        }
        return taken;
    }

    /// In a fifth of the rounds a trend is left to chance.
    @Test
    void roundsThatHaveNotSettledAreRemarkedOn() {
        assertEquals("unsteady", quality(0, rounds(1, 0)));
        assertEquals("unsteady", quality(0, rounds(2, 7)));
        assertEquals("ok", quality(0, rounds(2, 8)));
        assertEquals("ok", quality(0, rounds(0, 1)));
    }

    @Test
    void roundsInWhichTheMachineTookTimeAwayAreRemarkedOn() {
        assertEquals("throttled", quality(1, rounds(0, 1)));
        assertEquals("throttled", quality(2, rounds(0, 9)));
        assertEquals("ok", quality(2, rounds(0, 10)));
        assertEquals("unsteady;throttled", quality(1, rounds(1, 0)));
    }

    @Test
    void coldRunsHaveARowOfTheirOwn() {
        List<Sample> both = new ArrayList<>(samples("worker", 0, 10, 30, 20, 50, 40));
        for (int i = 0; i < 5; i++) {
            both.add(new Sample(Sample.RUN_COLD, "worker", 0, i, 1, 100));
        }
        List<TimingRow> rows = rows(UNKNOWN, COST, both);
        assertEquals(
                List.of("run measured", "run_cold cold"),
                rows.stream().map(row -> row.metric() + " " + row.mode()).toList());
        assertEquals(List.of(30.0, 100.0), rows.stream().map(TimingRow::p50).toList());
        List<SampleRow> kept = TimingSummary.sampleRows(CASE, BACKEND, both);
        assertEquals("run_cold", kept.getLast().metric());
        assertEquals(both, TimingSummary.samples(kept));
    }

    @Test
    void nothingToMoveHasNoIntensity() {
        assertEquals(0, only(UNKNOWN, new Cost(0, 0), samples("jmh", 0, 1, 2)).intensity());
    }

    @Test
    void peaksAreThoseOfTheDtype() {
        DeviceInfo info = new DeviceInfo("Acme N1", "", "", 0, Map.of(DType.BF16, 2e14, DType.F32, 1e13), 3e11, 0);
        assertEquals(new Peaks("Acme N1", 2e14, 3e11), Peaks.of(info, DType.BF16));
        assertEquals(new Peaks("Acme N1", 0, 3e11), Peaks.of(info, DType.F64), "not declared");
    }

    @Test
    void everySampleIsKept() {
        List<Sample> taken = new ArrayList<>(samples("jmh", 0, 10, 20));
        taken.addAll(samples("device", 1, 5));
        List<SampleRow> rows = TimingSummary.sampleRows(CASE, BACKEND, taken);
        assertEquals(3, rows.size());
        SampleRow last = rows.getLast();
        assertEquals("device", last.clock());
        assertEquals(1, last.round());
        assertEquals(0, last.iteration());
        assertEquals(3, last.ops());
        assertEquals(5, last.value());
        assertEquals("ns", last.unit());
    }

    @Test
    void theOrderOfSamplesMattersOnlyToTheirTrend() {
        TimingRow row = only(UNKNOWN, COST, samples("jmh", 0, 5, 3, 9, 1, 7, 2, 8));
        assertEquals("scattered", row.quality());
        assertEquals(row, only(UNKNOWN, COST, samples("jmh", 0, 8, 1, 5, 9, 2, 7, 3)));
        TimingRow rising = only(UNKNOWN, COST, samples("jmh", 0, 1, 2, 3, 5, 7, 8, 9));
        assertEquals("scattered;unsteady", rising.quality());
        assertEquals(row.p50(), rising.p50());
    }

    @Test
    void slowKernelsAreRunLessOften() {
        Effort effort = new Effort(5, 15, 200);
        assertEquals(effort, effort.fitting(200_000_000), "exactly an iteration");
        assertEquals(new Effort(1, 3, 200), effort.fitting(200_000_001));
        assertEquals(new Effort(1, 2, 200), new Effort(5, 2, 200).fitting(1_000_000_000), "never more than asked for");
        assertTrue(Effort.QUICK.iterations() >= 5 && Effort.RELEASE.iterations() >= 6, "enough not to be 'few'");
    }
}
