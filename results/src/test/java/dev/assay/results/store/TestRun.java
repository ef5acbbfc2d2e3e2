package dev.assay.results.store;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.results.CaseRow;
import dev.assay.results.Event;
import dev.assay.results.Journal;
import dev.assay.results.JournalState;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.ScorecardRow;
import dev.assay.results.Sums;
import dev.assay.results.TestRows;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Runs for tests: two suites on three backends, with rows of several verdicts, timings, samples and a scorecard.
public final class TestRun {
    public static final BackendRef CPU = new BackendRef("cpu", "");
    public static final BackendRef FAST =
            new BackendRef("acme-npu", "mode=fast", Map.of("model", "/home/somebody/model"));
    public static final BackendRef EVIL = new BackendRef("../../x", "");
    static final List<BackendRef> BACKENDS = List.of(FAST, CPU, EVIL);

    private static final String AT = "2026-11-22T16:08:43Z";

    private TestRun() {}

    /// Six cases in two suites, not in the order of their keys.
    public static PlanFile plan() {
        List<PlannedCase> cases = new ArrayList<>();
        for (String suite : List.of("smoke", "edges")) {
            for (int m : new int[] {5, 4, 66}) {
                cases.add(planned(suite, m));
            }
        }
        return plan(BACKENDS, cases);
    }

    public static PlanFile plan(List<BackendRef> backends, List<PlannedCase> cases) {
        ObjectNode settings = JsonNodeFactory.instance.objectNode().put("mode", "QUICK");
        List<SuiteRef> suites = cases.stream()
                .map(PlannedCase::suite)
                .distinct()
                .map(name -> new SuiteRef(name, "suites/" + name + ".json", Json.sha256(name)))
                .toList();
        return new PlanFile(PlanFile.SCHEMA, settings, suites, backends, cases);
    }

    public static PlannedCase planned(String suite, int m) {
        String shapes = "m" + m + ".n4.k4";
        return new PlannedCase(
                suite,
                "matmul/f32/" + shapes + "/-/normal",
                String.format(java.util.Locale.ROOT, "%016x", m),
                "matmul",
                "f32",
                shapes,
                "-",
                "normal",
                20260101,
                "a size",
                1,
                null,
                JsonNodeFactory.instance.objectNode().put("operator", "matmul"));
    }

    static CaseRow row(PlannedCase planned, BackendRef backend) {
        CaseRow row = TestRows.PASSED;
        row = TestRows.with(row, "suite", planned.suite());
        row = TestRows.with(row, "caseId", planned.caseId());
        row = TestRows.with(row, "caseHash", planned.caseHash());
        row = TestRows.with(row, "shapes", planned.shapes());
        row = TestRows.with(row, "backend", backend.id());
        row = TestRows.with(row, "backendOptions", backend.options());
        if (planned.shapes().startsWith("m66")) {
            return TestRows.with(TestRows.with(row, "verdict", Verdict.UNSUPPORTED), "reason", "too large, says cpu");
        }
        return row;
    }

    static List<TimingRow> timings(CaseRow row) {
        TimingRow timed = TestRows.with(TestRows.TIMED, "suite", row.suite());
        timed = TestRows.with(timed, "caseId", row.caseId());
        timed = TestRows.with(timed, "caseHash", row.caseHash());
        timed = TestRows.with(timed, "backend", row.backend());
        timed = TestRows.with(timed, "backendOptions", row.backendOptions());
        timed = TestRows.with(timed, "samples", 2);
        return List.of(timed, TestRows.with(timed, "clock", "device"));
    }

    static List<SampleRow> samples(List<TimingRow> timings) {
        List<SampleRow> all = new ArrayList<>();
        for (TimingRow timed : timings) {
            for (int i = 0; i < timed.samples(); i++) {
                SampleRow sample = TestRows.with(TestRows.SAMPLE, "suite", timed.suite());
                sample = TestRows.with(sample, "caseId", timed.caseId());
                sample = TestRows.with(sample, "caseHash", timed.caseHash());
                sample = TestRows.with(sample, "backend", timed.backend());
                sample = TestRows.with(sample, "backendOptions", timed.backendOptions());
                sample = TestRows.with(sample, "clock", timed.clock());
                all.add(TestRows.with(sample, "iteration", i));
            }
        }
        return all;
    }

    static List<ScorecardRow> scorecard(CaseRow row) {
        ScorecardRow scored = TestRows.with(TestRows.SCORED, "suite", row.suite());
        scored = TestRows.with(scored, "caseId", row.caseId());
        scored = TestRows.with(scored, "caseHash", row.caseHash());
        scored = TestRows.with(scored, "backend", row.backend());
        return List.of(TestRows.with(scored, "backendOptions", row.backendOptions()));
    }

    static Map<String, Object> environment() {
        Map<String, Object> devices = new TreeMap<>();
        BACKENDS.forEach(backend -> devices.put(backend.label(), Map.of("device", "of " + backend.id())));
        return Map.of(
                "hw_class_id",
                "amd-epyc-0cc84da9616f",
                "env_id",
                "ac53d8ed0661",
                "hardware",
                Map.of("cpu", "AMD EPYC"),
                "software",
                Map.of("os", "Linux 6.1"),
                "devices",
                devices);
    }

    public static Manifest manifest(RunFolder run) throws IOException {
        return new Manifest(
                Manifest.SCHEMA,
                Manifest.COLUMNS,
                run.id(),
                "0.1.0",
                "unknown",
                null,
                "2:00ff",
                Sums.sha256(run.file(RunFolder.PLAN)),
                List.of("run", "smoke", "edges"),
                null,
                "",
                "",
                "2026-11-22T16:08:42Z",
                "",
                false,
                Map.of(),
                7);
    }

    /// A folder with its plan and nothing run.
    public static RunFolder planned(Path parent, PlanFile plan) throws IOException {
        RunFolder run = RunFolder.create(parent);
        run.writePlan(plan);
        run.writeEnvironment(environment());
        run.writeManifest(manifest(run));
        return run;
    }

    /// Runs what is wanted of the plan, into the journal. It is not forced to the disk line by line: that takes long.
    public static JournalState execute(RunFolder run, Predicate<RowKey> wanted) throws IOException {
        try (Journal journal = Journal.open(run.file(RunFolder.EVENTS))) {
            journal.note(Event.RUN_STARTED, Map.of());
        }
        StringBuilder lines = new StringBuilder();
        PlanFile plan = run.readPlan();
        for (BackendRef backend : plan.backends()) {
            for (PlannedCase planned : plan.cases()) {
                if (planned.isFor(backend) && wanted.test(planned.key(backend))) {
                    CaseRow row = row(planned, backend);
                    line(lines, new Event(AT, Event.CASE_FINISHED, row, null, null, scorecard(row), null));
                    if (row.verdict() == Verdict.PASS) {
                        List<TimingRow> timings = timings(row);
                        List<SampleRow> samples = samples(timings);
                        // A round that is taken again takes the place of the first attempt.
                        line(lines, new Event(AT, Event.ROUND_TIMED, null, null, samples.subList(0, 1), Map.of()));
                        line(lines, new Event(AT, Event.ROUND_TIMED, null, null, samples, Map.of()));
                        line(lines, new Event(AT, Event.TIMING_FINISHED, null, timings, null, null));
                    }
                }
            }
        }
        Files.writeString(run.file(RunFolder.EVENTS), lines, StandardOpenOption.APPEND);
        return JournalState.of(Journal.read(run.file(RunFolder.EVENTS)));
    }

    private static void line(StringBuilder lines, Event event) throws IOException {
        lines.append(Json.STRICT.writeValueAsString(event)).append('\n');
    }

    public static void finish(RunFolder run, JournalState state) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        state.rows().forEach(row -> counts.merge(row.verdict().word(), 1, Integer::sum));
        run.finish(
                state.rows(),
                state.timings(),
                state.samples(),
                Optional.of(state.scorecard()),
                manifest(run).ended("2026-11-22T16:09:42Z", true, counts, 0));
    }

    public static RunFolder finished(Path parent, PlanFile plan) throws IOException {
        RunFolder run = planned(parent, plan);
        finish(run, execute(run, key -> true));
        return run;
    }

    /// Makes the sums fit what is there: for somebody who changes a file and knows of them.
    static void sum(RunFolder run) throws IOException {
        Sums before = Sums.read(run.file(RunFolder.SUMS));
        Files.writeString(
                run.file(RunFolder.SUMS),
                Sums.of(run.path(), before.hashes().keySet()).format());
    }

    /// The same folder at another place.
    public static RunFolder copy(RunFolder run, Path parent) throws IOException {
        return RunFolder.of(copyTree(run.path(), parent.resolve(run.id())));
    }

    public static Path copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path one : all.toList()) {
                Path there = to.resolve(from.relativize(one).toString());
                if (Files.isDirectory(one)) {
                    Files.createDirectories(there);
                } else {
                    Files.copy(one, there);
                }
            }
        }
        return to;
    }
}
