package dev.assay.results.database;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.results.CaseRow;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Run folders for tests.
final class Runs {
    static final String CASE = "matmul/f32/m4.n4.k4/-/normal";

    private Runs() {}

    static CaseRow row(String caseId, Verdict verdict, String reason, @Nullable Double actual) {
        return new CaseRow(
                "smoke",
                caseId,
                "0123456789abcdef",
                "matmul",
                "f32",
                "m4.n4.k4",
                "-",
                "normal",
                7,
                "acme",
                "",
                "2.1",
                "Acme One",
                "accumulate=f32",
                1.5,
                verdict,
                "",
                reason,
                "",
                16L,
                null,
                0.25,
                null,
                0.5,
                null,
                "Y[3,3]",
                1.0,
                actual,
                1e-6,
                true,
                "00ff");
    }

    static TimingRow timed(String caseId, double p50) {
        return new TimingRow(
                "smoke",
                caseId,
                "0123456789abcdef",
                7,
                "acme",
                "",
                "Acme One",
                "run",
                "ns",
                "measured",
                "jmh",
                1,
                2,
                2,
                p50 - 1,
                p50,
                p50 + 1,
                p50 + 2,
                p50 + 3,
                p50,
                null,
                null,
                null,
                null,
                5,
                128,
                192,
                1.25,
                1.5,
                0.6,
                null,
                "ok");
    }

    static SampleRow sample(String caseId, int iteration, double value) {
        return new SampleRow(
                "smoke", caseId, "0123456789abcdef", 7, "acme", "", "run", "jmh", 0, 0, iteration, 1000, value, "ns");
    }

    /// A finished run with one case of every verdict given.
    static RunFolder run(Path parent, String id, String startedAt, List<CaseRow> cases) throws IOException {
        Path path = Files.createDirectories(parent.resolve(id));
        PlanFile plan = new PlanFile(
                PlanFile.SCHEMA,
                JsonNodeFactory.instance.objectNode(),
                List.of(),
                List.of(new PlanFile.BackendRef("acme", "")),
                cases.stream()
                        .map(row -> new PlanFile.PlannedCase(
                                row.suite(),
                                row.caseId(),
                                row.caseHash(),
                                row.operator(),
                                row.dtypes(),
                                row.shapes(),
                                row.attributes(),
                                row.fill(),
                                row.seed(),
                                "test",
                                1,
                                null,
                                JsonNodeFactory.instance.objectNode()))
                        .toList());
        Files.createFile(path.resolve(RunFolder.PLAN));
        RunFolder run = RunFolder.of(path);
        run.writePlan(plan);
        run.writeEnvironment(Map.of("hw_class_id", "xeon-1", "env_id", "e1"));
        Files.writeString(run.file(RunFolder.EVENTS), "");
        List<String> passed = cases.stream()
                .filter(row -> row.verdict() == Verdict.PASS)
                .map(CaseRow::caseId)
                .toList();
        Manifest manifest = new Manifest(
                Manifest.SCHEMA,
                Manifest.COLUMNS,
                id,
                "0.1",
                "abc",
                true,
                "1",
                "p",
                List.of("run", "smoke"),
                null,
                "",
                "",
                startedAt,
                startedAt,
                true,
                Map.of(),
                0);
        run.finish(
                cases,
                passed.stream().map(name -> timed(name, 100)).toList(),
                passed.stream()
                        .flatMap(name -> List.of(sample(name, 0, 101.5), sample(name, 1, 99.25)).stream())
                        .toList(),
                manifest);
        return run;
    }

    static RunFolder run(Path parent, String id) throws IOException {
        return run(
                parent,
                id,
                "2026-11-28T08:00:00.250Z",
                List.of(
                        row(CASE, Verdict.PASS, "", 1.0),
                        row(
                                "softmax/f32/4/-/normal",
                                Verdict.FAIL,
                                "said \"no\", 'ünï' \uD83D\uDE00 =1+1",
                                Double.NaN)));
    }
}
