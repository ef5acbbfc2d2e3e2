package dev.assay.results.gate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.results.CaseRow;
import dev.assay.results.Event;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Runs for tests: a plan, and a row for each case and backend of it.
public final class RunFixture {
    public static final String RULES = "2:00";
    public static final String HARDWARE = "acme-1";
    /// Of every suite.
    public static final String SUITE_SHA = "5".repeat(64);

    private static final String AT = "2026-11-28T10:00:30Z";

    private final List<PlannedCase> cases = new ArrayList<>();
    private final List<BackendRef> backends = new ArrayList<>();
    private final List<CaseRow> rows = new ArrayList<>();
    private final List<TimingRow> timings = new ArrayList<>();
    private final List<SampleRow> samples = new ArrayList<>();
    private @Nullable Boolean cleanTree = true;
    private String rules = RULES;
    private String hardware = HARDWARE;
    private String suiteSha = SUITE_SHA;
    private String mode = "RELEASE";

    /// Two operators on two backends: eight rows, all passed.
    public static RunFixture passed() {
        return new RunFixture()
                .backend("acme", "mode=fast")
                .backend("cpu", "")
                .planned("smoke", "matmul/f32/m4.n4.k4/-/normal")
                .planned("smoke", "matmul/f32/m5.n4.k4/-/normal")
                .planned("smoke", "softmax/f16/7x33/-/normal")
                .planned("smoke", "softmax/f32/7x33/-/normal")
                .allPass();
    }

    public RunFixture backend(String id, String options) {
        backends.add(new BackendRef(id, options));
        return this;
    }

    public RunFixture planned(String suite, String caseId) {
        return planned(suite, caseId, null);
    }

    public RunFixture planned(String suite, String caseId, @Nullable String announced) {
        String[] parts = caseId.split("/", -1);
        ObjectNode spec = JsonNodeFactory.instance.objectNode();
        cases.add(new PlannedCase(
                suite,
                caseId,
                Json.sha256(caseId).substring(0, 16),
                parts[0],
                parts[1],
                parts[2],
                parts[3],
                parts[4],
                7,
                "it is there",
                1,
                announced,
                spec));
        return this;
    }

    public RunFixture allPass() {
        for (PlannedCase one : cases) {
            for (BackendRef backend : backends) {
                rows.add(row(one, backend));
            }
        }
        return this;
    }

    private static CaseRow row(PlannedCase one, BackendRef backend) {
        return new CaseRow(
                one.suite(),
                one.caseId(),
                one.caseHash(),
                one.operator(),
                one.dtypes(),
                one.shapes(),
                one.attributes(),
                one.fill(),
                one.seed(),
                backend.id(),
                backend.options(),
                "2.1",
                "Acme One",
                "accumulate=f32",
                1.5,
                Verdict.PASS,
                "",
                "",
                "",
                16L,
                0L,
                0.25,
                null,
                0.5,
                null,
                "",
                null,
                null,
                null,
                true,
                "00ff");
    }

    /// Changes the rows of a case and backend.
    public RunFixture change(String caseId, String backend, UnaryOperator<CaseRow> change) {
        boolean found = false;
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).caseId().equals(caseId) && rows.get(i).backend().equals(backend)) {
                rows.set(i, change.apply(rows.get(i)));
                found = true;
            }
        }
        if (!found) {
            throw new IllegalArgumentException("no row of " + caseId + " on " + backend);
        }
        return this;
    }

    /// Gives the rows of a case and backend another verdict.
    public RunFixture verdict(String caseId, String backend, Verdict verdict, String layer, @Nullable Double ratio) {
        return change(caseId, backend, row -> {
            CaseRow changed = with(row, "verdict", verdict);
            changed = with(changed, "layer", layer);
            changed = with(changed, "worstErrorRatio", ratio);
            return with(changed, "reason", "because of " + verdict.word());
        });
    }

    public RunFixture without(String caseId, String backend) {
        rows.removeIf(row -> row.caseId().equals(caseId) && row.backend().equals(backend));
        return this;
    }

    /// Times every row that passed: rounds of one sample each.
    public RunFixture timed(String clock, double... nanoseconds) {
        for (CaseRow row : rows) {
            if (row.verdict() == Verdict.PASS) {
                for (int round = 0; round < nanoseconds.length; round++) {
                    samples.add(new SampleRow(
                            row.suite(),
                            row.caseId(),
                            row.caseHash(),
                            row.seed(),
                            row.backend(),
                            row.backendOptions(),
                            "run",
                            clock,
                            round,
                            0,
                            0,
                            1,
                            nanoseconds[round],
                            "ns"));
                }
                double[] sorted = nanoseconds.clone();
                Arrays.sort(sorted);
                double middle = sorted[sorted.length / 2];
                timings.add(new TimingRow(
                        row.suite(),
                        row.caseId(),
                        row.caseHash(),
                        row.seed(),
                        row.backend(),
                        row.backendOptions(),
                        row.device(),
                        "run",
                        "ns",
                        clock.equals("modelled") ? "modelled" : "measured",
                        clock,
                        nanoseconds.length,
                        1,
                        nanoseconds.length,
                        sorted[0],
                        middle,
                        middle,
                        middle,
                        sorted[sorted.length - 1],
                        middle,
                        null,
                        null,
                        null,
                        null,
                        1000,
                        128,
                        192,
                        1,
                        1,
                        1,
                        null,
                        "ok"));
            }
        }
        return this;
    }

    public RunFixture dirty() {
        cleanTree = false;
        return this;
    }

    public RunFixture rules(String text) {
        rules = text;
        return this;
    }

    public RunFixture hardware(String text) {
        hardware = text;
        return this;
    }

    public RunFixture suiteSha(String text) {
        suiteSha = text;
        return this;
    }

    public RunFixture quick() {
        mode = "QUICK";
        return this;
    }

    public List<CaseRow> rows() {
        return rows;
    }

    public PlanFile plan() {
        List<SuiteRef> suites = cases.stream()
                .map(PlannedCase::suite)
                .distinct()
                .map(name -> new SuiteRef(name, "suites/" + name + ".json", suiteSha))
                .toList();
        ObjectNode settings = JsonNodeFactory.instance.objectNode().put("mode", mode);
        return new PlanFile(PlanFile.SCHEMA, settings, suites, backends, cases);
    }

    public Manifest manifest(String runId, String planSha256) {
        Map<String, Integer> counts = new TreeMap<>();
        rows.forEach(row -> counts.merge(row.verdict().word(), 1, Integer::sum));
        return new Manifest(
                Manifest.SCHEMA,
                Manifest.COLUMNS,
                runId,
                "0.1.0",
                "c".repeat(40),
                cleanTree,
                rules,
                planSha256,
                List.of("run", "smoke"),
                null,
                "",
                "",
                "2026-11-28T10:00:00Z",
                "2026-11-28T10:01:00Z",
                rows.size() == cases.size() * backends.size(),
                counts,
                exitCode());
    }

    private int exitCode() {
        if (rows.stream().anyMatch(row -> row.verdict().isWrong())) {
            return 3;
        }
        return rows.stream().anyMatch(row -> row.verdict().isLost()) ? 7 : 0;
    }

    /// The finished folder of the run.
    public RunFolder write(Path parent) throws IOException {
        RunFolder folder = RunFolder.create(parent);
        folder.writePlan(plan());
        folder.writeEnvironment(Map.of(
                "hw_class_id",
                hardware,
                "env_id",
                "e1",
                "hardware",
                Map.of("cpu", "acme"),
                "software",
                Map.of("os", "acme"),
                "devices",
                Map.of()));
        Files.writeString(folder.file(RunFolder.EVENTS), journal());
        String planSha256 = Json.sha256(Files.readAllBytes(folder.file(RunFolder.PLAN)));
        folder.finish(rows, timings, samples, manifest(folder.id(), planSha256));
        return folder;
    }

    private String journal() throws IOException {
        StringBuilder lines = new StringBuilder();
        line(lines, new Event(AT, Event.RUN_STARTED, null, null, null, null));
        for (CaseRow row : rows) {
            line(lines, new Event(AT, Event.CASE_FINISHED, row, null, null, null));
            List<TimingRow> timed =
                    timings.stream().filter(one -> one.key().equals(row.key())).toList();
            List<SampleRow> sampled =
                    samples.stream().filter(one -> one.key().equals(row.key())).toList();
            if (!timed.isEmpty()) {
                line(lines, new Event(AT, Event.TIMING_FINISHED, null, timed, sampled, null));
            }
        }
        return lines.toString();
    }

    private static void line(StringBuilder lines, Event event) throws IOException {
        lines.append(Json.STRICT.writeValueAsString(event)).append('\n');
    }

    /// The same row with one component changed.
    public static CaseRow with(CaseRow row, String component, @Nullable Object value) {
        RecordComponent[] components = CaseRow.class.getRecordComponents();
        Object[] values = new Object[components.length];
        try {
            for (int i = 0; i < components.length; i++) {
                values[i] = components[i].getName().equals(component)
                        ? value
                        : components[i].getAccessor().invoke(row);
            }
            return CaseRow.class
                    .getDeclaredConstructor(Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new))
                    .newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
