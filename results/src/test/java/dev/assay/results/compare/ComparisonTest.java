package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.CsvTable;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonTest {
    private static final double[] QUIET = {100, 101, 99, 100.5, 99.5, 100.2, 99.8, 100.1};

    @TempDir
    private Path folder;

    private static double[] times(double factor) {
        return Arrays.stream(QUIET).map(x -> x * factor).toArray();
    }

    private static void near(double expected, @Nullable Double actual, double by) {
        assertNotNull(actual);
        assertEquals(expected, actual, by);
    }

    private Comparison compared(Runs base, Runs candidate, ComparisonOptions options) throws IOException {
        return Comparison.of(base.write(folder.resolve("base")), candidate.write(folder.resolve("cand")), options);
    }

    private Comparison compared(Runs base, Runs candidate) throws IOException {
        return compared(base, candidate, ComparisonOptions.DEFAULT);
    }

    private CompareRow only(Runs base, Runs candidate) throws IOException {
        List<CompareRow> rows = compared(base, candidate).rows();
        assertEquals(1, rows.size(), rows.toString());
        return rows.getFirst();
    }

    @ParameterizedTest
    @CsvSource({
        "PASS, FAIL, BROKEN",
        "PASS, UNSTABLE, BROKEN",
        "PASS, ERROR, BROKEN",
        "PASS, CRASH, BROKEN",
        "PASS, TIMEOUT, BROKEN",
        "PASS, OUT_OF_MEMORY, BROKEN",
        "PASS, UNSUPPORTED, BROKEN",
        "PASS, VACUOUS, BROKEN",
        "UNSUPPORTED, FAIL, BROKEN",
        "VACUOUS, CRASH, BROKEN",
        "PASS, NOT_RUN, MISSING",
        "FAIL, NOT_RUN, MISSING",
        "NOT_RUN, PASS, NEW",
        "NOT_RUN, FAIL, NEW",
        "FAIL, PASS, FIXED",
        "CRASH, PASS, FIXED",
        "UNSUPPORTED, PASS, FIXED"
    })
    void aChangedResultHasItsWord(Verdict before, Verdict after, Change expected) throws IOException {
        CompareRow row = only(new Runs().ended("a/b", before, "was"), new Runs().ended("a/b", after, "is"));
        assertEquals(expected, row.verdict());
        assertEquals(CompareRow.VERDICT, row.metric());
        assertEquals(before.word(), row.baseVerdict());
        assertEquals(after.word(), row.candVerdict());
        assertTrue(row.reason().contains(after.word()), row.reason());
    }

    @ParameterizedTest
    @CsvSource({"PASS, PASS", "FAIL, FAIL", "UNSUPPORTED, UNSUPPORTED", "NOT_RUN, NOT_RUN"})
    void anUnchangedResultHasNoRow(Verdict before, Verdict after) throws IOException {
        Comparison comparison =
                compared(new Runs().ended("a/b", before, ""), new Runs().ended("a/b", after, "other words"));
        assertTrue(comparison.rows().isEmpty());
        assertEquals(1, comparison.totals().both());
    }

    @Test
    void aCaseThatIsWrongInAnotherWayIsRemarked() throws IOException {
        Comparison comparison =
                compared(new Runs().ended("a/b", Verdict.FAIL, ""), new Runs().ended("a/b", Verdict.CRASH, ""));
        assertTrue(comparison.rows().isEmpty());
        assertEquals(List.of("1 case ended otherwise: fail -> crash"), comparison.remarks());
    }

    @Test
    void casesOfOneSideAloneAreNewOrMissing() throws IOException {
        Comparison comparison = compared(
                new Runs().passed("a/1").passed("a/3"), new Runs().passed("a/2").passed("a/3"));
        assertEquals(
                List.of(Change.MISSING, Change.NEW),
                comparison.rows().stream().map(CompareRow::verdict).toList());
        assertEquals(new Totals(2, 2, 1, 1, 0), comparison.totals());
    }

    @ParameterizedTest
    @CsvSource({"1, SAME", "1.005, SLOWER", "1.03, SLOWER", "1.2, REGRESSED", "0.97, FASTER", "0.8, IMPROVED"})
    void interleavedRoundsAreComparedInPairs(double factor, Change expected) throws IOException {
        CompareRow row = only(
                new Runs().session("s").timed("a/b", QUIET),
                new Runs().session("s").timed("a/b", times(factor)));
        assertEquals(expected, row.verdict(), row.reason());
        assertEquals("paired", row.design());
        assertEquals(8, row.nBase());
        near(factor, row.ratio(), 1e-12);
        near(100.05, row.base(), 1e-9);
    }

    @Test
    void roundsAreMatchedByTheirNumber() throws IOException {
        // A machine that doubles its speed half way: hopeless unpaired, a clean 10 % paired.
        double[] before = {100, 100.1, 99.9, 100.2, 50, 50.1, 49.9, 50.05};
        double[] after = Arrays.stream(before).map(x -> 1.1 * x).toArray();
        assertEquals(
                Change.REGRESSED,
                only(
                                new Runs().session("s").timed("a/b", before),
                                new Runs().session("s").timed("a/b", after))
                        .verdict());
        CompareRow apart = only(
                new Runs().session("s").timed("a/b", before),
                new Runs().session("t").timed("a/b", after));
        assertEquals("unpaired", apart.design());
        assertEquals(Change.INCONCLUSIVE, apart.verdict());
    }

    @Test
    void roundsOfOneSideAloneAreDroppedAndSaid() throws IOException {
        Runs candidate = new Runs().session("s").passed("a/b");
        for (int round = 1; round < 8; round++) {
            candidate.sample("a/b", round, 0, QUIET[round]);
        }
        CompareRow row = only(new Runs().session("s").timed("a/b", QUIET), candidate);
        assertEquals(7, row.nBase());
        assertEquals(7, row.nCand());
        assertTrue(row.reason().contains("1 round that only one side has was dropped"), row.reason());
    }

    @Test
    void manyIterationsDoNotMakeUpForFewRounds() throws IOException {
        Runs base = new Runs().session("s").passed("a/b");
        Runs candidate = new Runs().session("s").passed("a/b");
        for (int iteration = 0; iteration < 100; iteration++) {
            base.sample("a/b", 0, iteration, 100 + iteration % 7);
            candidate.sample("a/b", 0, iteration, 150 + iteration % 7);
        }
        CompareRow row = only(base, candidate);
        assertEquals(Change.UNMEASURABLE, row.verdict());
        assertEquals("no interval from 1 pair of rounds; 6 or more give one", row.reason());
    }

    @Test
    void smallestSampleOfARoundStandsForIt() throws IOException {
        Runs base = new Runs().session("s").timed("a/b", QUIET);
        Runs candidate = new Runs().session("s").timed("a/b", QUIET);
        for (int round = 0; round < 8; round++) {
            candidate.sample("a/b", round, 1, 900);
        }
        assertEquals(Change.SAME, only(base, candidate).verdict());
    }

    @Test
    void runsApartAreComparedUnpairedAndThatIsRemarked() throws IOException {
        Comparison comparison = compared(new Runs().timed("a/b", QUIET), new Runs().timed("a/b", times(1.3)));
        assertEquals(Change.REGRESSED, comparison.rows().getFirst().verdict());
        assertEquals("unpaired", comparison.rows().getFirst().design());
        assertTrue(
                comparison.remarks().getFirst().contains("no control kernels"),
                comparison.remarks().toString());
    }

    @Test
    void twoRunsWithoutASessionAreNotOfTheSameOne() throws IOException {
        assertEquals(
                "unpaired",
                only(new Runs().timed("a/b", QUIET), new Runs().timed("a/b", QUIET))
                        .design());
    }

    @Test
    void controlKernelsThatMovedMakeTimesIncomparable() throws IOException {
        Runs base = new Runs()
                .suite("control")
                .timed("c/copy", QUIET)
                .suite("smoke")
                .timed("a/b", QUIET);
        Runs candidate = new Runs()
                .suite("control")
                .timed("c/copy", times(1.2))
                .suite("smoke")
                .timed("a/b", times(1.2));
        CompareRow row = compared(base, candidate).rows().getLast();
        assertEquals(Change.INCOMPARABLE, row.verdict());
        near(20, row.driftPct(), 1);
        assertTrue(row.reason().contains("the machine itself may have changed"), row.reason());
    }

    @Test
    void controlKernelsThatStoodStillLetTimesBeCompared() throws IOException {
        Runs base = new Runs()
                .suite("control")
                .timed("c/copy", QUIET)
                .suite("smoke")
                .timed("a/b", QUIET);
        Runs candidate = new Runs()
                .suite("control")
                .timed("c/copy", QUIET)
                .suite("smoke")
                .timed("a/b", times(1.2));
        Comparison comparison = compared(base, candidate);
        assertEquals(Change.REGRESSED, comparison.rows().getLast().verdict());
        assertTrue(
                comparison.remarks().getFirst().contains("control kernels changed by +0.0 %"),
                comparison.remarks().toString());
    }

    @Test
    void whatWasNotMeasuredUnderTheSameConditionsIsIncomparable() throws IOException {
        assertIncomparable(new Runs().rules("2-bbbb"), "the constants of the judge differ: 1-aaaa in the base, 2-bbbb");
        assertIncomparable(new Runs().suiteDigest("6666"), "suite 'smoke' differs: 5555 in the base, 6666");
        assertIncomparable(new Runs().hardware("box-2"), "the class of the machine differs: box-1 in the base, box-2");
        assertIncomparable(new Runs().device("Acme Two"), "the device differs: Acme One in the base, Acme Two");
        assertIncomparable(new Runs().clock("device"), "the clock differs: the base has run by clock jmh");
        assertIncomparable(new Runs().unit("us"), "the unit differs: ns in the base, us");
        assertIncomparable(new Runs().hash("fedcba9876543210"), "the case means something else");
    }

    private void assertIncomparable(Runs candidate, String reason) throws IOException {
        List<CompareRow> rows = compared(new Runs().timed("a/b", QUIET), candidate.timed("a/b", times(2)))
                .rows();
        assertFalse(rows.isEmpty());
        assertTrue(rows.stream().allMatch(row -> row.verdict() == Change.INCOMPARABLE), rows.toString());
        assertTrue(rows.stream().anyMatch(row -> row.reason().contains(reason)), rows.toString());
        assertTrue(rows.stream().allMatch(row -> row.p() == null), rows.toString());
    }

    @Test
    void aDifferenceThatIsAcceptedIsNoObstacle() throws IOException {
        Runs candidate = new Runs()
                .rules("2")
                .suiteDigest("6")
                .hardware("box-2")
                .device("Two")
                .timed("a/b", times(2));
        Comparison comparison = compared(
                new Runs().timed("a/b", QUIET),
                candidate,
                ComparisonOptions.DEFAULT.accepting(EnumSet.allOf(Difference.class)));
        assertEquals(Change.REGRESSED, comparison.rows().getFirst().verdict());
    }

    @Test
    void aResultThatChangedUnderOtherRulesIsNotBlamedOnTheBackend() throws IOException {
        CompareRow row =
                only(new Runs().passed("a/b"), new Runs().rules("2-bbbb").ended("a/b", Verdict.FAIL, "far off"));
        assertEquals(Change.INCOMPARABLE, row.verdict());
        assertTrue(row.reason().endsWith("pass -> fail (bound): far off"), row.reason());
    }

    @Test
    void correctnessDoesNotDependOnTheMachine() throws IOException {
        CompareRow row =
                only(new Runs().passed("a/b"), new Runs().hardware("box-2").ended("a/b", Verdict.FAIL, ""));
        assertEquals(Change.BROKEN, row.verdict());
    }

    @Test
    void timesOfOneSideAloneAreIncomparableAndNotForgotten() throws IOException {
        assertEquals(
                "not timed in the candidate",
                only(new Runs().timed("a/b", QUIET), new Runs().passed("a/b")).reason());
        CompareRow row = only(new Runs().passed("a/b"), new Runs().timed("a/b", QUIET));
        assertEquals("not timed in the base", row.reason());
        assertEquals(Change.INCOMPARABLE, row.verdict());
    }

    @Test
    void aCaseThatBrokeHasNoTime() throws IOException {
        CompareRow row = only(new Runs().timed("a/b", QUIET), new Runs().ended("a/b", Verdict.FAIL, ""));
        assertEquals(Change.BROKEN, row.verdict());
    }

    @Test
    void aClockThatShowsZeroIsTooCoarse() throws IOException {
        CompareRow row = only(
                new Runs().session("s").timed("a/b", QUIET),
                new Runs().session("s").timed("a/b", 0, 1, 1, 1, 1, 1, 1, 1));
        assertEquals(Change.INCOMPARABLE, row.verdict());
        assertTrue(row.reason().contains("too coarse"), row.reason());
    }

    @Test
    void equalTimesOfACoarseClockAreTheSame() throws IOException {
        double[] steps = {7, 7, 7, 7, 7, 7};
        CompareRow row = only(
                new Runs().session("s").clock("device").timed("a/b", steps),
                new Runs().session("s").clock("device").timed("a/b", steps));
        assertEquals(Change.SAME, row.verdict());
        assertEquals(1.0, row.p());
    }

    @ParameterizedTest
    @CsvSource({"100, SAME", "100.001, SLOWER", "105, SLOWER", "105.1, REGRESSED", "99, FASTER", "90, IMPROVED"})
    void modelledTimesAreExact(double after, Change expected) throws IOException {
        CompareRow row = only(
                new Runs().clock("modelled").timed("a/b", 100),
                new Runs().clock("modelled").timed("a/b", after));
        assertEquals(expected, row.verdict(), row.reason());
        assertEquals("exact", row.design());
        assertEquals(after / 100, row.ratioHigh());
        assertNull(row.p());
    }

    @Test
    void aModelDoesNotDependOnTheMachine() throws IOException {
        CompareRow row = only(
                new Runs().clock("modelled").timed("a/b", 100),
                new Runs().hardware("box-2").clock("modelled").timed("a/b", 100));
        assertEquals(Change.SAME, row.verdict());
    }

    @Test
    void aModelThatDoesNotRepeatItselfIsNone() throws IOException {
        CompareRow row = only(
                new Runs().clock("modelled").timed("a/b", 100, 100),
                new Runs().clock("modelled").timed("a/b", 100, 101));
        assertEquals(Change.INCOMPARABLE, row.verdict());
        assertTrue(row.reason().contains("differ from round to round in the candidate"), row.reason());
    }

    @Test
    void twoBackendsOfOneRunAreComparedInPairs() throws IOException {
        Runs run = new Runs()
                .backend("acme", "mode=fast")
                .timed("a/b", QUIET)
                .backend("zeta", "")
                .device("Zeta One")
                .timed("a/b", times(1.5));
        Path path = run.write(folder.resolve("both")).path();
        Comparison comparison = Comparison.of(
                RunFolder.of(path),
                RunFolder.of(path),
                ComparisonOptions.DEFAULT.withBackends(Optional.of("acme:mode=fast"), Optional.of("zeta")));
        CompareRow row = comparison.rows().getFirst();
        assertEquals(Change.REGRESSED, row.verdict(), row.reason());
        assertEquals("paired", row.design());
        assertEquals("zeta", row.backend());
        assertEquals("acme:mode=fast", row.baseBackend());
        assertEquals(new Totals(1, 1, 1, 1, 1), comparison.totals());
    }

    @Test
    void aBackendThatIsNotThereIsRefusedWithThoseThatAre() throws IOException {
        Runs run = new Runs()
                .backend("acme", "mode=fast")
                .passed("a/b")
                .backend("acme", "mode=slow")
                .passed("a/b");
        HarnessException none = assertThrows(
                HarnessException.class,
                () -> compared(
                        run, run, ComparisonOptions.DEFAULT.withBackends(Optional.of("zeta"), Optional.empty())));
        assertTrue(none.getMessage().contains("no backend 'zeta'"), none.getMessage());
        assertTrue(none.getMessage().contains("acme:mode=fast, acme:mode=slow"), none.getMessage());
        HarnessException two = assertThrows(
                HarnessException.class,
                () -> compared(
                        run, run, ComparisonOptions.DEFAULT.withBackends(Optional.of("acme"), Optional.empty())));
        assertTrue(two.getMessage().contains("more than one backend 'acme'"), two.getMessage());
    }

    @Test
    void runsWithoutACommonCaseSaySo() throws IOException {
        Comparison comparison = compared(
                new Runs().backend("acme", "").passed("a/b"),
                new Runs().backend("zeta", "").passed("a/b"));
        assertEquals(
                List.of("no case in common; backends of the base: [acme], of the candidate: [zeta]"),
                comparison.remarks());
    }

    @Test
    void aRunThatIsNotFinishedIsRefused() throws IOException {
        Path base = new Runs().passed("a/b").write(folder.resolve("base")).path();
        Files.delete(base.resolve("SHA256SUMS"));
        HarnessException told = assertThrows(
                HarnessException.class,
                () -> Comparison.of(RunFolder.of(base), RunFolder.of(base), ComparisonOptions.DEFAULT));
        assertTrue(told.getMessage().contains("is not finished"), told.getMessage());
        assertTrue(told.getMessage().contains("--resume"), told.getMessage());
    }

    @Test
    void aCalibrationWidensTheMargin() throws IOException {
        Calibration noisy = calibration(12);
        Comparison comparison = compared(
                new Runs().session("s").timed("a/b", QUIET),
                new Runs().session("s").timed("a/b", times(1.1)),
                ComparisonOptions.DEFAULT.withCalibrations(List.of(noisy)));
        CompareRow row = comparison.rows().getFirst();
        assertEquals(Change.SLOWER, row.verdict(), row.reason());
        near(30, row.noiseFloorPct(), 20);
        assertEquals(row.noiseFloorPct(), row.marginPct());
    }

    @Test
    void belowWhatCanBeDetectedNothingIsTheSame() throws IOException {
        Calibration noisy = calibration(12);
        CompareRow row = compared(
                        new Runs().session("s").timed("a/b", QUIET),
                        new Runs().session("s").timed("a/b", QUIET),
                        ComparisonOptions.DEFAULT.withCalibrations(List.of(noisy)))
                .rows()
                .getFirst();
        assertEquals(Change.UNMEASURABLE, row.verdict());
        assertTrue(row.reason().contains("with 8 pairs of rounds only changes from"), row.reason());
    }

    @Test
    void aCalibrationOfAnotherMachineIsNotUsedAndThatIsSaid() throws IOException {
        Comparison comparison = compared(
                new Runs().hardware("box-9").session("s").timed("a/b", QUIET),
                new Runs().hardware("box-9").session("s").timed("a/b", times(1.1)),
                ComparisonOptions.DEFAULT.withCalibrations(List.of(calibration(12))));
        assertEquals(Change.REGRESSED, comparison.rows().getFirst().verdict());
        assertTrue(
                comparison.remarks().getFirst().contains("calibration of box-1 is not used"),
                comparison.remarks().toString());
    }

    /// Of arms whose rounds differ by this many per cent.
    private static Calibration calibration(double pct) {
        Random random = new Random(11);
        List<List<SampleRow>> arms = IntStream.range(0, 2)
                .mapToObj(arm -> new Runs()
                        .timed("a/b", random.doubles(8, 100, 100 + 4 * pct).toArray())
                        .samples())
                .toList();
        return Calibration.of("box-1", "acme-npu", "", arms);
    }

    @Test
    void aRegressionThatFreshRoundsDoNotShowIsNone() throws IOException {
        Comparison first = compared(
                new Runs().session("s").timed("a/b", QUIET).timed("a/c", QUIET).timed("a/d", QUIET),
                new Runs()
                        .session("s")
                        .timed("a/b", times(1.2))
                        .timed("a/c", times(1.2))
                        .timed("a/d", times(1.2)));
        assertEquals(3, first.counts().get(Change.REGRESSED));
        Comparison confirmed = first.confirmed(
                new Runs().session("t").timed("a/b", QUIET).timed("a/c", QUIET).write(folder.resolve("base2")),
                new Runs()
                        .session("t")
                        .timed("a/b", times(1.2))
                        .timed("a/c", QUIET)
                        .write(folder.resolve("cand2")));
        List<CompareRow> rows = confirmed.rows();
        assertEquals(
                List.of(Change.REGRESSED, Change.SAME, Change.REGRESSED),
                rows.stream().map(CompareRow::verdict).toList());
        assertEquals(List.of(2, 2, 1), rows.stream().map(CompareRow::stage).toList());
        assertEquals("base2", rows.getFirst().baseRun());
        assertTrue(
                rows.getLast().reason().endsWith("not measured again"),
                rows.getLast().reason());
    }

    @Test
    void aCaseThatBreaksWhileItIsConfirmedIsBroken() throws IOException {
        Comparison first = compared(
                new Runs().session("s").timed("a/b", QUIET),
                new Runs().session("s").timed("a/b", times(1.2)));
        Comparison confirmed = first.confirmed(
                new Runs().session("t").timed("a/b", QUIET).write(folder.resolve("base2")),
                new Runs().session("t").ended("a/b", Verdict.UNSTABLE, "").write(folder.resolve("cand2")));
        assertEquals(
                List.of(Change.REGRESSED, Change.BROKEN),
                confirmed.rows().stream().map(CompareRow::verdict).toList());
    }

    @Test
    void ratiosOfClocksAreNeverMixed() throws IOException {
        Comparison comparison = compared(
                new Runs()
                        .session("s")
                        .timed("a/1", QUIET)
                        .timed("a/2", QUIET)
                        .clock("modelled")
                        .timed("a/3", 100),
                new Runs()
                        .session("s")
                        .timed("a/1", times(2))
                        .timed("a/2", times(0.5))
                        .clock("modelled")
                        .timed("a/3", 300));
        assertEquals(
                List.of("jmh", "modelled"),
                comparison.meanRatios().stream().map(MeanRatio::clock).toList());
        assertEquals(1, comparison.meanRatios().getFirst().ratio(), 1e-12);
        assertEquals(2, comparison.meanRatios().getFirst().count());
        assertEquals(3, comparison.meanRatios().getLast().ratio(), 1e-12);
    }

    @Test
    void everyTimeHasAnAdjustedP() throws IOException {
        Comparison comparison = compared(
                new Runs().session("s").timed("a/1", QUIET).timed("a/2", QUIET),
                new Runs().session("s").timed("a/1", times(1.2)).timed("a/2", QUIET));
        near(2.0 / 256, comparison.rows().getFirst().p(), 1e-15);
        near(4.0 / 256, comparison.rows().getFirst().pAdjusted(), 1e-15);
        assertEquals(1.0, comparison.rows().getLast().pAdjusted());
    }

    @Test
    void rowsAreReadAsTheyWereWritten() throws IOException {
        Comparison comparison = compared(
                new Runs().session("s").timed("a/1", QUIET).passed("a/2"),
                new Runs().session("s").timed("a/1", times(1.2)).ended("a/2", Verdict.FAIL, "=cmd|' /C calc'!A0"));
        CsvTable<CompareRow> table = new CsvTable<>(CompareRow.class);
        Path file = folder.resolve("compare.csv");
        table.write(file, comparison.rows());
        assertEquals(comparison.rows(), table.read(file));
    }

    @Test
    void columnsAreThese() {
        assertEquals(
                "suite,case_id,seed,backend,backend_options,base_backend,metric,clock,unit,design,base_run,cand_run,"
                        + "base_verdict,cand_verdict,"
                        + "n_base,n_cand,base,cand,ratio,ratio_low,ratio_high,confidence,p,p_adjusted,"
                        + "noise_floor_pct,detectable_pct,margin_pct,drift_pct,stage,verdict,reason",
                String.join(",", new CsvTable<>(CompareRow.class).header()));
    }
}
