package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.cli.CommandLineTest.Printed;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.RunFolder;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import dev.assay.results.compare.Calibration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryCommandTest {
    private static final String CASE = "matmul/f32.f32-f32/m4.n4.k4/-/normal";
    private static final String KEY = "smoke," + CASE + ",0123456789abcdef";

    @TempDir
    Path folder;

    /// Ten runs at 1000 ns and ten at 1100 ns, one a day; the sixth failed.
    private void makeRuns() throws IOException {
        CsvTable<CaseRow> cases = new CsvTable<>(CaseRow.class);
        CsvTable<TimingRow> timings = new CsvTable<>(TimingRow.class);
        for (int day = 1; day <= 20; day++) {
            String id = String.format(Locale.ROOT, "run-%02d", day);
            String time = String.format(Locale.ROOT, "2026-11-%02dT08:00:00Z", day);
            Path path = Files.createDirectories(folder.resolve(id));
            Files.createFile(path.resolve(RunFolder.PLAN));
            RunFolder run = RunFolder.of(path);
            run.writePlan(new PlanFile(
                    PlanFile.SCHEMA, JsonNodeFactory.instance.objectNode(), List.of(), List.of(), List.of()));
            run.writeEnvironment(Map.of("hw_class_id", "xeon"));
            Files.writeString(run.file(RunFolder.EVENTS), "");
            Verdict verdict = day == 6 ? Verdict.FAIL : Verdict.PASS;
            Path source = folder.resolve("source.csv");
            Files.writeString(
                    source,
                    String.join(",", cases.header()) + "\n" + KEY + ",matmul,f32,m4,-,normal,7,acme,,1,,,,"
                            + verdict.word() + ",,,,,,,,,,,,,,,\n");
            List<CaseRow> rows = cases.read(source);
            double median = (day <= 10 ? 1000 : 1100) + day % 3;
            Files.writeString(
                    source,
                    String.join(",", timings.header()) + "\n" + KEY
                            + ",7,acme,,,run,ns,measured,jmh,1,1,1,1.0," + median
                            + ",1.0,1.0,1.0,1.0,,,,,1,1.0,1.0,1.0,1.0,1.0,,ok\n");
            Manifest manifest = new Manifest(
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
                    "",
                    "",
                    time,
                    time,
                    true,
                    Map.of(),
                    0);
            run.finish(rows, verdict == Verdict.PASS ? timings.read(source) : List.of(), List.of(), manifest);
        }
    }

    @Test
    void aChangeIsShownWhereItIs() throws IOException {
        makeRuns();
        Path picture = folder.resolve("it.svg");
        Printed shown = Printed.by("history", CASE, folder.toString(), "--svg", picture.toString());
        assertEquals(Exit.OK, shown.exit(), shown.err());
        assertTrue(shown.out().contains("acme on xeon, measured, clock jmh\n"), shown.out());
        assertTrue(shown.out().contains("2026-11-11 08:00  2026-11-20 08:00  10    1.101 us  +10.0 %\n"), shown.out());
        assertTrue(shown.out().contains("20 runs, 1 without a time (1 fail); p = "), shown.out());
        assertTrue(
                shown.out().contains("1 changed, 0 provisional, 0 too short to test of 1 series in 20 folders\n"),
                shown.out());
        assertTrue(Files.readString(picture).contains("+10.0 %, 2026-11-11"));
        assertEquals(
                shown.out(),
                Printed.by("history", "matmul/*", folder.toString(), "--svg", picture.toString())
                        .out());
    }

    @Test
    void aScanListsWhatChanged() throws IOException {
        makeRuns();
        List<String> lines =
                Printed.by("history", "--scan", folder.toString()).out().lines().toList();
        assertTrue(lines.getFirst().startsWith("case "), lines.toString());
        assertTrue(lines.get(1).contains("2026-11-11 08:00  1.001 us  1.101 us  +10.0 %"), lines.toString());
        List<String> loud = Printed.by("history", "--scan", folder.toString(), "--noise-floor", "15")
                .out()
                .lines()
                .toList();
        assertTrue(loud.getFirst().startsWith("0 changed"), loud.toString());
    }

    /// A calibration counts where it is of the same backend on the same class of machine.
    @Test
    void aCalibrationKnowsHowNoisyTheMachineIs() throws IOException {
        makeRuns();
        String found = folder.toString();
        for (String machine : List.of("xeon", "epyc")) {
            Path file = folder.resolve(machine + ".json");
            new Calibration(
                            Calibration.SCHEMA,
                            machine,
                            "acme",
                            "",
                            10,
                            100,
                            1,
                            15,
                            List.of(),
                            Calibration.Peaks.UNKNOWN)
                    .write(file);
            String out = Printed.by("history", "--scan", found, "--calibration", file.toString())
                    .out();
            assertTrue(out.contains(machine.equals("xeon") ? "0 changed" : "1 changed"), out);
        }
        Printed.by(
                        "history",
                        "--scan",
                        found,
                        "--calibration",
                        folder.resolve("source.csv").toString())
                .refuses("the calibration cannot be read", "line 1");
    }

    @Test
    void whatIsNotThereIsRefused() throws IOException {
        makeRuns();
        String runs = folder.toString();
        Printed.by("history").refuses("which case is missing");
        Printed.by("history", "matmul/none", runs).refuses("no case 'matmul/none' in 20 runs", CASE);
        Printed.by("history", CASE, runs, "--backend", "npu").refuses("of backend 'npu'");
        Printed.by("history", CASE, runs, "--statistic", "mean").refuses("not median or min");
        Printed.by("history", CASE, runs, "--noise-floor", "-1").refuses("--noise-floor is -1.0");
        Printed.by("history", CASE, folder.resolve("none").toString()).refuses("no folder");
    }

    /// The distribution has no database until one is added.
    @Test
    void withoutTheModuleDatabasesSayHowToGetThem() throws IOException {
        makeRuns();
        String runs = folder.toString();
        String words = "databases are not installed";
        Printed.by("results", "export", runs, "--to", "it.duckdb").refuses(words, "assay-database.zip");
        Printed.by("results", "query", "SELECT 1", runs).refuses(words);
        Printed.by("results", "query", "SELECT 1", "--store", "postgresql://h/d")
                .refuses(words);
        Printed.by("results", "push", runs, "--store", "postgresql://h/d").refuses(words);
        Printed.by("results", "pull", "--store", "postgresql://h/d").refuses(words);
        Printed.by("history", CASE, "--store", "postgresql://h/d").refuses(words);
        Printed.by("results", "query", "SELECT 1", runs, "--format", "xml").refuses("not table, csv or json");
        Printed.by("results", "pull", "--all", "x", "--store", "postgresql://h/d")
                .refuses("exclude each other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"history", "results export", "results query", "results push", "results pull"})
    void helpShowsAnExample(String command) {
        Printed help = Printed.by((command + " --help").split(" ", -1));
        assertEquals(Exit.OK, help.exit(), help.err());
        assertTrue(help.out().contains("  assay " + command), help.out());
        help.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }
}
