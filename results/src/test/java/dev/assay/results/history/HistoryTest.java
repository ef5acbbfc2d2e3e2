package dev.assay.results.history;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.history.History.Statistic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
    @TempDir
    Path folder;

    @SuppressWarnings("NullAway.Init") // set before each test
    private HistoryRuns runs;

    @BeforeEach
    void makeRuns() {
        runs = new HistoryRuns(folder);
    }

    private static History taken(Statistic statistic, List<RunFolder> folders) throws IOException {
        History history = new History(statistic, key -> key.caseId().equals(HistoryRuns.CASE));
        for (RunFolder one : folders) {
            history.take(one);
        }
        return history;
    }

    @Test
    void runsAreOrderedByTimeAndFailedOnesStay() throws IOException {
        runs.run("b", "2026-01-02T00:00:00Z", "xeon", "", Verdict.FAIL, 0);
        runs.run("a", "2026-01-03T00:00:00Z", "xeon", "", Verdict.PASS, 120);
        runs.run("c", "2026-01-01T00:00:00Z", "xeon", "", Verdict.PASS, 100);
        runs.run("d", "2026-01-01T12:00:00Z", "xeon", "", Verdict.CRASH, 0);
        List<Series> series =
                taken(Statistic.MEDIAN, RunSearch.below(List.of(folder))).series();
        assertEquals(1, series.size());
        Series one = series.getFirst();
        assertEquals(
                List.of("c", "d", "b", "a"),
                one.points().stream().map(Series.Point::runId).toList());
        assertArrayEquals(new double[] {100, 120}, one.values(), "what is missing stays missing");
        assertNull(one.points().get(1).value());
        assertEquals(Verdict.CRASH, one.points().get(1).verdict());
        assertEquals("ns", one.unit());
    }

    @Test
    void theSmallestOfEachForkCanStandForARun() throws IOException {
        RunFolder run = runs.run("a", "2026-01-03T00:00:00Z", "xeon", "", Verdict.PASS, 100);
        assertArrayEquals(
                new double[] {80},
                taken(Statistic.MIN_OF_FORK, List.of(run)).series().getFirst().values(),
                "median of 90, 70, 80");
    }

    @Test
    void machinesAreSeriesOfTheirOwn() throws IOException {
        runs.run("a", "2026-01-01T00:00:00Z", "xeon", "", Verdict.PASS, 100);
        runs.run("b", "2026-01-02T00:00:00Z", "epyc", "", Verdict.PASS, 50);
        List<Series> series =
                taken(Statistic.MEDIAN, RunSearch.below(List.of(folder))).series();
        assertEquals(
                List.of("epyc", "xeon"),
                series.stream().map(one -> one.key().hwClass()).toList());
    }

    @Test
    void aCopyIsNoSecondPointAndABaseArmNone() throws IOException {
        RunFolder run = runs.run("a", "2026-01-01T00:00:00Z", "xeon", "cand", Verdict.PASS, 100);
        RunFolder base = runs.run("b", "2026-01-01T00:00:00Z", "xeon", "base", Verdict.PASS, 90);
        History history = taken(Statistic.MEDIAN, List.of(run, run, base));
        assertEquals(1, history.series().getFirst().points().size());
        assertEquals(1, history.repeated());
        assertEquals(1, history.baseArms());
    }

    @Test
    void aCaseThatWasNeverTimedIsASeriesWithoutValues() throws IOException {
        RunFolder run = runs.run("a", "2026-01-01T00:00:00Z", "xeon", "", Verdict.FAIL, 0);
        Series series = taken(Statistic.MEDIAN, List.of(run)).series().getFirst();
        assertEquals(0, series.values().length);
        Finding finding = Finding.in(List.of(series), one -> 2).getFirst();
        assertEquals(List.of(), finding.stretches());
        assertEquals(List.of(), TerminalPlot.lines(finding));
        assertTrue(SvgPlot.of(List.of(finding)).contains("no run has a time"));
    }

    @Test
    void onlyFinishedRunsAreFound() throws IOException {
        assertThrows(HarnessException.class, () -> RunSearch.below(List.of(folder)), "none");
        assertThrows(HarnessException.class, () -> RunSearch.below(List.of(folder.resolve("none"))));
        RunFolder run = runs.run("a", "2026-01-01T00:00:00Z", "xeon", "", Verdict.PASS, 100);
        RunFolder open = runs.run("b", "2026-01-01T00:00:00Z", "xeon", "", Verdict.PASS, 100);
        Files.delete(open.file(RunFolder.SUMS));
        runs.run("hidden/.a.old", "2026-01-01T00:00:00Z", "xeon", "", Verdict.PASS, 100);
        List<RunFolder> found = RunSearch.below(List.of(folder, run.path(), folder.resolve(".")));
        assertEquals(List.of("a"), found.stream().map(RunFolder::id).toList());
    }

    @Test
    void aRunThatDoesNotSayItsMachineIsRefused() throws IOException {
        RunFolder run = runs.run("a", "2026-01-01T00:00:00Z", "", "", Verdict.PASS, 100);
        HarnessException refused = assertThrows(HarnessException.class, () -> taken(Statistic.MEDIAN, List.of(run)));
        assertTrue(refused.getMessage().contains("env.json, field hw_class_id"), refused.getMessage());
    }
}
