package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.Verdict;
import dev.assay.results.compare.CompareRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompareCommandTest {
    @TempDir
    private Path folder;

    private record Ended(int code, String out, String err) {}

    private static Ended assay(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Assay.execute(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Ended(code, out.toString(), err.toString());
    }

    /// A run of one case, timed in eight rounds if it passed.
    private String run(String name, Verdict verdict, double time) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path);
        Files.writeString(path.resolve(RunFolder.PLAN), "{}");
        RunFolder run = RunFolder.of(path);
        run.writePlan(new PlanFile(
                PlanFile.SCHEMA,
                JsonNodeFactory.instance.objectNode(),
                List.of(new SuiteRef("smoke", "x", "55")),
                List.of(new BackendRef("acme", "")),
                List.of()));
        run.writeEnvironment(Map.of("hw_class_id", "box"));
        Files.writeString(run.file(RunFolder.EVENTS), "");
        CaseRow row = new CaseRow(
                "smoke", "a/b", "00", "a", "f32", "m1", "-", "normal", 1, "acme", "", "1", "One", "-", null, verdict,
                "", "", "", null, null, null, null, null, null, "", null, null, null, null, "");
        List<SampleRow> samples = new ArrayList<>();
        for (int round = 0; verdict == Verdict.PASS && round < 8; round++) {
            samples.add(new SampleRow(
                    "smoke", "a/b", "00", 1, "acme", "", "run", "jmh", round, 0, 0, 9, time + round * 0.01, "ns"));
        }
        run.finish(
                List.of(row),
                List.of(),
                samples,
                new Manifest(
                        Manifest.SCHEMA,
                        Manifest.COLUMNS,
                        name,
                        "1",
                        "unknown",
                        null,
                        "1",
                        "00",
                        List.of(),
                        null,
                        "s",
                        "",
                        "",
                        "",
                        true,
                        Map.of(),
                        0));
        return path.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "PASS, 100, 0",
        "PASS, 120, 4",
        "PASS, 80, 0",
        "FAIL, 0, 3",
        "CRASH, 0, 7",
        "NOT_RUN, 0, 7",
        "UNSUPPORTED, 0, 3"
    })
    void theExitCodeTellsWhatWasFoundIfThatIsWanted(Verdict verdict, double time, int code) throws IOException {
        String base = run("base", Verdict.PASS, 100);
        String candidate = run("cand", verdict, time);
        assertEquals(code, assay("compare", base, candidate, "--exit-code").code());
        assertEquals(Exit.OK, assay("compare", base, candidate).code());
    }

    @Test
    void whatCannotBeToldEndsWithItsOwnCodeUnderStrict() throws IOException {
        String base = run("base", Verdict.PASS, 100);
        String candidate = run("cand", Verdict.PASS, 100);
        // With 99.99 % eight rounds give no interval.
        String[] strict = {"compare", base, candidate, "--exit-code", "--strict", "--confidence", "99.99"};
        assertEquals(Exit.INCONCLUSIVE, assay(strict).code());
        assertEquals(
                Exit.OK,
                assay("compare", base, candidate, "--exit-code", "--confidence", "99.99")
                        .code());
    }

    @Test
    void otherHardwareEndsWithItsOwnCode() throws IOException {
        String base = run("base", Verdict.PASS, 100);
        String candidate = run("cand", Verdict.PASS, 100);
        RunFolder.of(Path.of(candidate)).writeEnvironment(Map.of("hw_class_id", "other"));
        assertEquals(
                Exit.INCOMPARABLE,
                assay("compare", base, candidate, "--exit-code").code());
        assertEquals(
                Exit.OK,
                assay("compare", base, candidate, "--exit-code", "--accept", "hardware")
                        .code());
    }

    @Test
    void filesAreWrittenInTheFormatOfTheirEnding() throws IOException {
        String base = run("base", Verdict.PASS, 100);
        String candidate = run("cand", Verdict.PASS, 120);
        Path csv = folder.resolve("compare.csv");
        Path markdown = folder.resolve("comment.md");
        Ended ended = assay("compare", base, candidate, "-o", csv.toString(), "-o", markdown.toString());
        assertEquals(Exit.OK, ended.code(), ended.err());
        assertTrue(ended.out().contains("regressed: 1"), ended.out());
        assertEquals(1, new CsvTable<>(CompareRow.class).read(csv).size());
        assertTrue(Files.readString(markdown).startsWith("## 1 regressed"));
        assertEquals(
                Files.readString(csv),
                assay("compare", base, candidate, "--format", "csv").out());
    }

    @Test
    void aCaseIsExplained() throws IOException {
        Ended ended =
                assay("compare", run("base", Verdict.PASS, 100), run("cand", Verdict.PASS, 120), "--explain", "a/b");
        assertTrue(ended.out().contains("means of two differences"), ended.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--margin -1 | margin is -1.0 %",
                "--confidence 100 | confidence is 1.0",
                "--accept weather | --accept is 'weather', not rules, suite, hardware or device",
                "--format xml | no format 'xml'",
                "-o report.pdf | no format 'pdf'",
                "--explain none | nothing to explain about case 'none'",
                "--base-backend zeta | no backend 'zeta'"
            })
    void whatMakesNoSenseIsRefused(String option, String told) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("compare", run("base", Verdict.PASS, 100), run("cand", Verdict.PASS, 100)));
        arguments.addAll(List.of(option.split(" ")));
        Ended ended = assay(arguments.toArray(String[]::new));
        assertEquals(Exit.USAGE, ended.code(), ended.err());
        assertTrue(ended.err().contains(told), ended.err());
        assertFalse(ended.err().contains("fault of Assay"), ended.err());
    }

    @Test
    void oneFolderNeedsTwoBackends() throws IOException {
        Ended ended = assay("compare", run("base", Verdict.PASS, 100));
        assertEquals(Exit.USAGE, ended.code());
        assertTrue(ended.err().contains("CAND is missing"), ended.err());
    }
}
