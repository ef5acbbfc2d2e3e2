package dev.assay.results.compare;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.results.CaseRow;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes folders of runs for tests.
final class Runs {
    static final String CASE = "matmul/f32/m4.n4.k4/-/normal";
    static final String HASH = "0123456789abcdef";

    private final List<CaseRow> cases = new ArrayList<>();
    private final List<SampleRow> samples = new ArrayList<>();
    private String session = "";
    private String rules = "1-aaaa";
    private String suiteDigest = "5555";
    private String hardware = "box-1";
    private String backend = "acme-npu";
    private String options = "";
    private String device = "Acme One";
    private String clock = "jmh";
    private String unit = "ns";
    private String hash = HASH;
    private String suite = "smoke";

    Runs session(String name) {
        session = name;
        return this;
    }

    Runs rules(String constants) {
        rules = constants;
        return this;
    }

    Runs suiteDigest(String digest) {
        suiteDigest = digest;
        return this;
    }

    Runs hardware(String name) {
        hardware = name;
        return this;
    }

    Runs backend(String id, String given) {
        backend = id;
        options = given;
        return this;
    }

    Runs device(String model) {
        device = model;
        return this;
    }

    Runs clock(String word) {
        clock = word;
        return this;
    }

    Runs unit(String word) {
        unit = word;
        return this;
    }

    Runs hash(String digest) {
        hash = digest;
        return this;
    }

    Runs suite(String name) {
        suite = name;
        return this;
    }

    Runs ended(String caseId, Verdict verdict, String reason) {
        String layer = verdict == Verdict.FAIL ? "bound" : "";
        cases.add(new CaseRow(
                suite,
                caseId,
                hash,
                "matmul",
                "f32",
                "m4.n4.k4",
                "-",
                "normal",
                1,
                backend,
                options,
                "2.1",
                device,
                "-",
                null,
                verdict,
                layer,
                reason,
                "",
                null,
                null,
                null,
                null,
                null,
                null,
                "",
                null,
                null,
                null,
                null,
                ""));
        return this;
    }

    Runs passed(String caseId) {
        return ended(caseId, Verdict.PASS, "");
    }

    /// A case that passed, with one sample for each round.
    Runs timed(String caseId, double... rounds) {
        passed(caseId);
        for (int round = 0; round < rounds.length; round++) {
            sample(caseId, round, 0, rounds[round]);
        }
        return this;
    }

    Runs sample(String caseId, int round, int iteration, double value) {
        samples.add(new SampleRow(
                suite, caseId, hash, 1, backend, options, "run", clock, round, 0, iteration, 10, value, unit));
        return this;
    }

    List<SampleRow> samples() {
        return List.copyOf(samples);
    }

    RunFolder write(Path path) throws IOException {
        Files.createDirectories(path);
        Set<BackendRef> backends = new LinkedHashSet<>();
        Set<SuiteRef> suites = new LinkedHashSet<>();
        for (CaseRow row : cases) {
            backends.add(new BackendRef(row.backend(), row.backendOptions()));
            suites.add(new SuiteRef(row.suite(), "somewhere", suiteDigest));
        }
        PlanFile plan = new PlanFile(
                PlanFile.SCHEMA,
                JsonNodeFactory.instance.objectNode(),
                List.copyOf(suites),
                List.copyOf(backends),
                List.of());
        Files.writeString(path.resolve(RunFolder.PLAN), "{}");
        RunFolder folder = RunFolder.of(path);
        folder.writePlan(plan);
        folder.writeEnvironment(Map.of("hw_class_id", hardware));
        Files.writeString(path.resolve(RunFolder.EVENTS), "");
        Manifest manifest = new Manifest(
                Manifest.SCHEMA,
                Manifest.COLUMNS,
                folder.id(),
                "1",
                "unknown",
                null,
                rules,
                "00",
                List.of(),
                null,
                session,
                "",
                "2026-01-01T00:00:00Z",
                "2026-01-01T00:01:00Z",
                true,
                Map.of(),
                0);
        folder.finish(cases, List.of(), samples, manifest);
        return folder;
    }
}
