package dev.assay.results.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.RunFolder;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import dev.assay.results.gate.RunFixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableDiffTest {
    private static final CsvTable<CaseRow> CASES = new CsvTable<>(CaseRow.class);
    private static final String SOFTMAX = "softmax/f16/7x33/-/normal";
    private static final String MATMUL = "matmul/f32/m4.n4.k4/-/normal";

    @TempDir
    private Path folder;

    private Path file(String name, RunFixture run) throws IOException {
        Path file = folder.resolve(name);
        CASES.write(file, run.rows());
        return file;
    }

    private static String diff(Optional<Path> before, Optional<Path> after) throws IOException {
        StringWriter text = new StringWriter();
        new TableDiff<>(CASES, before, after).print("cases.csv", new PrintWriter(text));
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    private String diff(RunFixture before, RunFixture after) throws IOException {
        return diff(Optional.of(file("old.csv", before)), Optional.of(file("new.csv", after)));
    }

    @Test
    void equalTablesHaveNoDifference() throws IOException {
        assertEquals(
                "assay diff of cases.csv: 8 -> 8 rows: 0 with another verdict, 0 new, 0 missing, 0 changed otherwise,"
                        + " 8 equal\n",
                diff(RunFixture.passed(), RunFixture.passed()));
    }

    @Test
    void verdictsComeFirstThenRowsThenCells() throws IOException {
        RunFixture after = RunFixture.passed()
                .verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0)
                .change(MATMUL, "cpu", row -> RunFixture.with(row, "maxUlp", 0.75))
                .without(MATMUL, "acme");
        RunFixture before = RunFixture.passed().without("softmax/f32/7x33/-/normal", "cpu");
        assertEquals("""
                assay diff of cases.csv: 7 -> 7 rows: 1 with another verdict, 1 new, 1 missing, 1 changed otherwise, 4 equal
                verdict  pass -> fail  softmax/f16/7x33/-/normal of smoke, seed 7, on acme:mode=fast
                           layer: (empty) -> bound
                           reason: (empty) -> because of fail
                           worst_error_ratio: 0.25 -> 3.0 (+1.10e+03 %)
                new      softmax/f32/7x33/-/normal of smoke, seed 7, on cpu  pass
                missing  matmul/f32/m4.n4.k4/-/normal of smoke, seed 7, on acme:mode=fast  pass
                changed  matmul/f32/m4.n4.k4/-/normal of smoke, seed 7, on cpu
                           max_ulp: 0.5 -> 0.75 (+50.0 %)
                """, diff(before, after));
    }

    @Test
    void whatChangedAlikeInEveryRowIsSaidOnce() throws IOException {
        RunFixture after = RunFixture.passed();
        after.rows().replaceAll(row -> RunFixture.with(row, "backendVersion", "2.2"));
        assertEquals("""
                assay diff of cases.csv: 8 -> 8 rows: 0 with another verdict, 0 new, 0 missing, 0 changed otherwise, 8 equal
                  in every row  backend_version: 2.1 -> 2.2
                """, diff(RunFixture.passed(), after));
        after.change(SOFTMAX, "acme", row -> RunFixture.with(row, "backendVersion", "2.3"));
        assertEquals(
                1 + 2 * 8,
                diff(RunFixture.passed(), after).lines().count(),
                "one row differs from the others, so each is listed");
    }

    @Test
    void aFileThatIsNewOrGoneHasOnlySuchRows() throws IOException {
        Path file = file("cases.csv", RunFixture.passed());
        assertEquals(9, diff(Optional.empty(), Optional.of(file)).lines().count());
        assertEquals(
                8,
                diff(Optional.of(file), Optional.empty())
                        .lines()
                        .filter(line -> line.startsWith("missing  "))
                        .count());
    }

    @Test
    void rowsOfOneCaseAreToldApartByTheirClock() throws IOException {
        CsvTable<TimingRow> timing = new CsvTable<>(TimingRow.class);
        RunFolder before =
                RunFixture.passed().timed("jmh", 100).timed("device", 90).write(folder);
        RunFolder after =
                RunFixture.passed().timed("device", 90).timed("jmh", 110).write(folder);
        StringWriter text = new StringWriter();
        new TableDiff<>(timing, Optional.of(before.file(RunFolder.TIMING)), Optional.of(after.file(RunFolder.TIMING)))
                .print("timing.csv", new PrintWriter(text));
        assertEquals(
                8,
                text.toString()
                        .lines()
                        .filter(line -> line.startsWith("changed") && line.endsWith("run/measured/jmh"))
                        .count(),
                text.toString());
        long cells = text.toString()
                .lines()
                .filter(line -> line.contains(": 100.0 -> 110.0 (+10.0 %)"))
                .count();
        assertEquals(8 * 6, cells, "min, p50, p90, p99, max and mean of eight rows");
    }

    @Test
    void aTableThatIsNoneIsRefused() throws IOException {
        Path good = file("good.csv", RunFixture.passed());
        Path bad = Files.writeString(
                folder.resolve("bad.csv"), Files.readString(good).replace("pass", "passed"));
        assertThrows(HarnessException.class, () -> diff(Optional.of(good), Optional.of(bad)));
    }
}
