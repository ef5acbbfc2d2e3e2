package dev.assay.results.history;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Run folders with one case, for tests.
final class HistoryRuns {
    static final String CASE = "matmul/f32/m4.n4.k4/-/normal";

    private final Path parent;

    HistoryRuns(Path parent) {
        this.parent = parent;
    }

    /// A run whose samples have this median, or, if it is 0, none at all.
    ///
    /// @param arm of the manifest
    RunFolder run(String id, String startedAt, String hwClass, String arm, Verdict verdict, double median)
            throws IOException {
        Path path = Files.createDirectories(parent.resolve(id));
        Files.createFile(path.resolve(RunFolder.PLAN));
        RunFolder run = RunFolder.of(path);
        run.writePlan(
                new PlanFile(PlanFile.SCHEMA, JsonNodeFactory.instance.objectNode(), List.of(), List.of(), List.of()));
        run.writeEnvironment(Map.of("hw_class_id", hwClass));
        Files.writeString(run.file(RunFolder.EVENTS), "");
        List<TimingRow> timings = new ArrayList<>();
        List<SampleRow> samples = new ArrayList<>();
        if (median > 0) {
            timings.add(timing(median));
            // Smallest of the forks: 10, 30 and 20 below the median.
            double[] smallest = {10, 30, 20};
            for (int round = 0; round < smallest.length; round++) {
                samples.add(sample(round, 0, median));
                samples.add(sample(round, 1, median - smallest[round]));
            }
        }
        run.finish(
                List.of(row(verdict)),
                timings,
                samples,
                new Manifest(
                        Manifest.SCHEMA,
                        Manifest.COLUMNS,
                        id,
                        "0.1",
                        "abc",
                        true,
                        "1",
                        "p",
                        List.of(),
                        null,
                        arm.isEmpty() ? "" : "s1",
                        arm,
                        startedAt,
                        startedAt,
                        true,
                        Map.of(),
                        0));
        return run;
    }

    private static CaseRow row(Verdict verdict) {
        return new CaseRow(
                "smoke",
                CASE,
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
                "",
                null,
                verdict,
                "",
                "",
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
                "");
    }

    private static TimingRow timing(double median) {
        return new TimingRow(
                "smoke",
                CASE,
                "0123456789abcdef",
                7,
                "acme",
                "",
                "Acme One",
                "run",
                "ns",
                "measured",
                "jmh",
                3,
                2,
                6,
                median - 30,
                median,
                median,
                median,
                median,
                median,
                null,
                null,
                null,
                null,
                5,
                1,
                1,
                1,
                1,
                1,
                null,
                "ok");
    }

    private static SampleRow sample(int round, int iteration, double value) {
        return new SampleRow(
                "smoke", CASE, "0123456789abcdef", 7, "acme", "", "run", "jmh", round, 0, iteration, 10, value, "ns");
    }
}
