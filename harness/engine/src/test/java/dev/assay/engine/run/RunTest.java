package dev.assay.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.scorecard.Criteria;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.JournalState;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RowKey;
import dev.assay.results.Ruling;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.ScorecardRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunTest {
    /// Cases with 2, 3 and 4 rows: before, at and after what goes wrong.
    private static final Suite SUITE = Suite.parse("""
            {"name": "three", "description": "Three small products.", "seed": 1, "cases": [{
              "operator": "matmul", "inputs": {"A": ["m", 5], "B": [5, 4]}, "sweep": {"m": [2, 3, 4]},
              "dtypes": ["f32"], "fills": ["integers(-4,4)"], "why": "before, at and after"}]}
            """, "three.json", OptionalLong.empty());

    private static PlanFile plan(Mode mode, int timeoutSeconds, List<String> how) {
        return plan(new RunSettings(mode, false, 1, 1, timeoutSeconds), how);
    }

    private static PlanFile plan(RunSettings settings, List<String> how) {
        List<BackendRef> backends = how.stream()
                .map(one -> new BackendRef("misbehaving", "how=" + one))
                .toList();
        return new Planner(settings).plan(List.of(Planner.source(SUITE)), backends);
    }

    private static JournalState run(Path parent, PlanFile plan) throws IOException, InterruptedException {
        RunFolder folder = RunFolder.create(parent);
        folder.writePlan(plan);
        return Run.execute(folder, RunListener.SILENT);
    }

    private static CaseRow row(JournalState state, String how, int rows) {
        return state.rows().stream()
                .filter(row -> row.backendOptions().equals("how=" + how)
                        && row.caseId().contains("/m" + rows + "."))
                .findFirst()
                .orElseThrow();
    }

    private static void complete(JournalState state, PlanFile plan) {
        Set<RowKey> keys = new HashSet<>();
        state.rows().forEach(row -> assertTrue(keys.add(row.key()), () -> "twice: " + row.key()));
        assertEquals(new HashSet<>(plan.keys()), keys);
    }

    @Test
    void whateverAPluginDoesIsARowAndTheSweepGoesOn(@TempDir Path parent) throws Exception {
        Map<String, Verdict> expected = new LinkedHashMap<>();
        expected.put("not-at-all", Verdict.PASS);
        expected.put("wrong", Verdict.FAIL);
        expected.put("throws", Verdict.ERROR);
        expected.put("throws-in-supports", Verdict.ERROR);
        expected.put("throws-in-contract", Verdict.ERROR);
        expected.put("throws-in-prepare", Verdict.ERROR);
        expected.put("prepare-refuses", Verdict.ERROR);
        expected.put("answers-null", Verdict.ERROR);
        expected.put("refuses-silently", Verdict.ERROR);
        expected.put("contract-is-null", Verdict.ERROR);
        expected.put("contract-is-none", Verdict.ERROR);
        expected.put("contract-holds-null", Verdict.ERROR);
        expected.put("contract-changes", Verdict.ERROR);
        expected.put("support-changes", Verdict.ERROR);
        expected.put("refuses", Verdict.UNSUPPORTED);
        expected.put("halts", Verdict.CRASH);
        expected.put("hangs", Verdict.TIMEOUT);
        expected.put("runs-out-of-memory", Verdict.OUT_OF_MEMORY);
        expected.put("prints", Verdict.PASS);
        PlanFile plan = plan(Mode.VERIFY_ONLY, 5, List.copyOf(expected.keySet()));
        JournalState state = run(parent, plan);
        complete(state, plan);
        expected.forEach((how, verdict) -> {
            CaseRow at = row(state, how, MisbehavingProvider.ROWS);
            assertEquals(verdict, at.verdict(), () -> how + ": " + at.reason());
            assertTrue(verdict == Verdict.PASS || !at.reason().isBlank(), how);
            assertFalse(at.reason().contains("\n"), at.reason());
            for (int rows : new int[] {2, 4}) {
                CaseRow other = row(state, how, rows);
                assertEquals(Verdict.PASS, other.verdict(), () -> how + ", " + rows + " rows: " + other.reason());
            }
        });
        assertTrue(
                row(state, "halts", 3).reason().contains("17"),
                row(state, "halts", 3).reason());
        Map<String, String> reasons = Map.of(
                "contract-is-null", "contract() answered null",
                "contract-is-none", "exp_ulps is NaN, allowed: a number from 0 to 65536",
                "contract-holds-null", "scores is null, allowed: wide, f64, f32",
                "contract-changes", "contract() answered 'strict' and later 'exp_ulps=100.0'",
                "support-changes", "supports() answered yes and later no (not twice)",
                "prepare-refuses", "supports() said yes and prepare() refused");
        reasons.forEach((how, reason) -> {
            String told = row(state, how, 3).reason();
            assertTrue(told.contains(reason), told);
        });
        assertEquals("exact", row(state, "wrong", 3).layer());
        assertEquals("'=HYPERLINK(\"x\")", row(state, "wrong", 3).device());
        assertEquals("'=1+1 is not a reason, but text", row(state, "refuses", 3).reason());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCaseThatEndsItsProcessIsTriedOnceMore(boolean isolate, @TempDir Path parent) throws Exception {
        RunSettings settings = new RunSettings(Mode.VERIFY_ONLY, false, 1, 1, 20, false, false, isolate);
        Map<String, String> reasons = Map.of(
                "is-killed-once", "",
                "halts-once", "at first its process ended: exit code 17; a second attempt passed",
                "halts", "exit code 17; tried twice");
        Map<String, Verdict> verdicts =
                Map.of("is-killed-once", Verdict.PASS, "halts-once", Verdict.UNSTABLE, "halts", Verdict.CRASH);
        for (String how : verdicts.keySet()) {
            Path marker = parent.resolve(how + isolate);
            PlanFile asked = plan(settings, List.of(how));
            PlanFile plan = new PlanFile(
                    asked.schema(),
                    asked.settings(),
                    asked.suites(),
                    List.of(new BackendRef("misbehaving", "how=" + how, Map.of("marker", marker.toString()))),
                    asked.cases());
            JournalState state = run(parent, plan);
            complete(state, plan);
            CaseRow at = row(state, how, MisbehavingProvider.ROWS);
            assertEquals(verdicts.get(how), at.verdict(), () -> how + ": " + at.reason());
            assertEquals(reasons.get(how), at.reason());
            assertEquals(Verdict.PASS, row(state, how, 4).verdict());
        }
    }

    @Test
    void isolatedBackendsGetTheVerdictsOfOthersAndTheWorkerGoesOn(@TempDir Path parent) throws Exception {
        Map<String, Verdict> expected = Map.of(
                "not-at-all", Verdict.PASS,
                "wrong", Verdict.FAIL,
                "throws", Verdict.ERROR,
                "prepare-refuses", Verdict.ERROR,
                "refuses", Verdict.UNSUPPORTED,
                "hangs", Verdict.TIMEOUT,
                "runs-out-of-memory", Verdict.OUT_OF_MEMORY,
                "prints", Verdict.PASS);
        RunSettings settings = new RunSettings(Mode.VERIFY_ONLY, false, 1, 1, 3, false, true, true);
        PlanFile plan = plan(settings, List.copyOf(expected.keySet()));
        RunFolder folder = RunFolder.create(parent);
        folder.writePlan(plan);
        JournalState state = Run.execute(folder, RunListener.SILENT);
        complete(state, plan);
        expected.forEach((how, verdict) -> {
            CaseRow at = row(state, how, MisbehavingProvider.ROWS);
            assertEquals(verdict, at.verdict(), () -> how + ": " + at.reason());
            assertEquals(Verdict.PASS, row(state, how, 2).verdict(), how);
            assertEquals(Verdict.PASS, row(state, how, 4).verdict(), how);
        });
        assertTrue(row(state, "hangs", 3).reason().contains("the process was alive"));
        Path trace = folder.file(RunFolder.TRACE).resolve("misbehaving_how=wrong");
        try (Stream<Path> files = Files.walk(trace)) {
            assertEquals(
                    Set.of("A.npy", "B.npy", "Y.npy", "Y.expected.npy", "Y.bound.npy", "case.txt"),
                    files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString())
                            .collect(Collectors.toSet()));
        }
        assertFalse(Files.exists(folder.file(RunFolder.TRACE).resolve("misbehaving_how=not-at-all")));
    }

    @Test
    void whatFailsWhileItIsTimedLosesItsTiming(@TempDir Path parent) throws Exception {
        Map<String, Verdict> expected = Map.of(
                "not-at-all", Verdict.PASS,
                "wrong-later", Verdict.UNSTABLE,
                "halts-later", Verdict.CRASH,
                "hangs-later", Verdict.TIMEOUT);
        PlanFile plan = plan(Mode.QUICK, 5, List.copyOf(expected.keySet()));
        JournalState state = run(parent, plan);
        complete(state, plan);
        expected.forEach((how, verdict) -> {
            CaseRow at = row(state, how, MisbehavingProvider.ROWS);
            assertEquals(verdict, at.verdict(), () -> how + ": " + at.reason());
            assertEquals(verdict == Verdict.PASS, state.isTimed(at.key()), how);
            assertTrue(state.isTimed(row(state, how, 2).key()), how);
            assertTrue(state.isTimed(row(state, how, 4).key()), how);
        });
        for (TimingRow timing : state.timings()) {
            assertTrue(timing.p50() > 0 && timing.samples() > 0, timing.toString());
            List<SampleRow> samples = state.samples().stream()
                    .filter(sample -> sample.key().equals(timing.key()))
                    .toList();
            assertEquals(timing.samples(), samples.size());
        }
    }

    @Test
    void aRunThatWasKilledAnywhereIsCompletedByTheNext(@TempDir Path parent) throws Exception {
        PlanFile plan = plan(Mode.VERIFY_ONLY, 60, List.of("not-at-all", "wrong"));
        RunFolder whole = RunFolder.create(parent);
        whole.writePlan(plan);
        String uninterrupted = csv(Run.execute(whole, RunListener.SILENT));
        String journal = Files.readString(whole.file(RunFolder.EVENTS), StandardCharsets.UTF_8);
        List<Integer> cuts = new ArrayList<>(List.of(0, journal.length()));
        cuts.add(journal.indexOf('\n', journal.length() / 2) + 1);
        cuts.add(journal.length() / 3);
        for (int cut : cuts) {
            RunFolder folder = RunFolder.create(parent);
            folder.writePlan(plan);
            Files.writeString(folder.file(RunFolder.EVENTS), journal.substring(0, cut), StandardCharsets.UTF_8);
            JournalState state = Run.execute(folder, RunListener.SILENT);
            complete(state, plan);
            assertEquals(uninterrupted, csv(state), "cut after " + cut);
        }
    }

    @Test
    void aScorecardIsKeptWhereverARunIsKilled(@TempDir Path parent) throws Exception {
        RunSettings settings = new RunSettings(Mode.VERIFY_ONLY, false, 1, 1, 60, true, false, false);
        PlanFile plan = plan(settings, List.of("wrong"));
        RunFolder whole = RunFolder.create(parent);
        whole.writePlan(plan);
        JournalState uninterrupted = Run.execute(whole, RunListener.SILENT);
        assertEquals(3 * Criteria.ALL.size(), uninterrupted.scorecard().size());
        assertTrue(uninterrupted.scorecard().stream()
                .anyMatch(row -> row.verdict() == Verdict.FAIL && row.outcome() == Ruling.FAIL));
        String expected = new CsvTable<>(ScorecardRow.class).format(uninterrupted.scorecard());
        String journal = Files.readString(whole.file(RunFolder.EVENTS), StandardCharsets.UTF_8);
        RunFolder folder = RunFolder.create(parent);
        folder.writePlan(plan);
        String cut = journal.substring(0, journal.length() * 2 / 3);
        Files.writeString(folder.file(RunFolder.EVENTS), cut, StandardCharsets.UTF_8);
        JournalState resumed = Run.execute(folder, RunListener.SILENT);
        assertEquals(expected, new CsvTable<>(ScorecardRow.class).format(resumed.scorecard()));
    }

    @Test
    void nobodyIsAskedForAScorecardUnlessThePlanSaysSo(@TempDir Path parent) throws Exception {
        PlanFile plan = plan(Mode.VERIFY_ONLY, 60, List.of("not-at-all"));
        assertTrue(run(parent, plan).scorecard().isEmpty());
    }

    private static String csv(JournalState state) {
        return new CsvTable<>(CaseRow.class).format(state.rows());
    }

    @Test
    void aBackendThatDoesNotOpenStopsTheRunBeforeItsFirstCase(@TempDir Path parent) {
        PlanFile plan = plan(Mode.VERIFY_ONLY, 60, List.of("does-not-open"));
        PluginException thrown = assertThrows(PluginException.class, () -> run(parent, plan));
        assertTrue(thrown.what().contains("no device found"), thrown.what());
    }
}
