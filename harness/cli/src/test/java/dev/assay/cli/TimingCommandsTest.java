package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.cli.CommandLineTest.Printed;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.run.Environment;
import dev.assay.results.CsvTable;
import dev.assay.results.Manifest;
import dev.assay.results.RunFolder;
import dev.assay.results.TimingRow;
import dev.assay.results.compare.Calibration;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the commands do about times, from end to end.
class TimingCommandsTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private String suite = "";

    @BeforeEach
    void writeSuite() throws IOException {
        suite = Files.writeString(folder.resolve("small.json"), """
                {"name": "small", "description": "A small product.", "cases": [{
                  "operator": "matmul", "inputs": {"A": [5, 9], "B": [9, 7]},
                  "dtypes": ["bf16"], "fills": ["integers(-4,4)"], "why": "small"}]}
                """).toString();
    }

    private Printed run(String... more) {
        List<String> words = new ArrayList<>(
                List.of("run", suite, "-o", folder.resolve("runs").toString()));
        words.addAll(List.of(more));
        return Printed.by(words.toArray(String[]::new));
    }

    /// The last two lines: base and candidate.
    private static List<RunFolder> folders(Printed printed) {
        List<String> lines = printed.out().lines().toList();
        return lines.subList(lines.size() - 2, lines.size()).stream()
                .map(line -> RunFolder.of(Path.of(line)))
                .toList();
    }

    private static List<TimingRow> timings(RunFolder run) throws IOException {
        return new CsvTable<>(TimingRow.class).read(run.file(RunFolder.TIMING));
    }

    @Test
    void slowerThanTheBaseEndsWithFour() {
        String[] slower = {"--backend", "simulated:chip=strict", "--against", "simulated:chip=tensor-core"};
        Printed printed = run(slower[0], slower[1], slower[2], slower[3], "--rounds", "2");
        assertEquals(Exit.REGRESSED, printed.exit(), printed.out() + printed.err());
        assertFalse(printed.err().contains("fresh rounds"), "modelled times have no noise: " + printed.err());
        assertTrue(printed.out().contains("times: 1 regressed"), printed.out());
        assertEquals(2, folders(printed).size());
    }

    @Test
    void twoBackendsAreTimedInOneSessionAndResumedTogether() throws IOException {
        Printed printed = run("--backend", "simulated", "--against", "simulated:fault=drop-k-tail", "--rounds", "2");
        assertEquals(Exit.OK, printed.exit(), "the candidate's: " + printed.err());
        RunFolder base = folders(printed).getFirst();
        RunFolder candidate = folders(printed).getLast();
        Manifest first = base.readManifest();
        Manifest second = candidate.readManifest();
        assertFalse(first.session().isEmpty());
        assertEquals(first.session(), second.session());
        assertEquals(List.of("base", "cand"), List.of(first.arm(), second.arm()));
        assertEquals(
                List.of("simulated:fault=drop-k-tail", "simulated"),
                List.of(
                        base.readPlan().backends().getFirst().label(),
                        candidate.readPlan().backends().getFirst().label()));
        long order = RunSettings.of(base.readPlan()).timing().orderSeed();
        assertEquals(order, RunSettings.of(candidate.readPlan()).timing().orderSeed());
        assertTrue(order != RunSettings.Timing.STANDARD.orderSeed());
        assertEquals(Map.of("fail", 1), first.counts());
        assertEquals(List.of(), timings(candidate), "what fails in one is timed in none");

        byte[] rows = Files.readAllBytes(base.file(RunFolder.CASES));
        Files.delete(base.file(RunFolder.CASES));
        Files.writeString(base.file(RunFolder.EVENTS), "");
        Printed resumed = Printed.by("run", "--resume", candidate.path().toString());
        assertEquals(Exit.OK, resumed.exit(), resumed.err());
        assertArrayEquals(rows, Files.readAllBytes(base.file(RunFolder.CASES)));
        assertEquals(
                base.path().toAbsolutePath(), folders(resumed).getFirst().path().toAbsolutePath());

        Path away = Files.move(base.path(), folder.resolve("away"));
        Printed.by("run", "--resume", candidate.path().toString())
                .refuses("[cand]", "put the folders of both arms beside each other");
        Printed.by("run", "--resume", away.toString()).refuses("[base]");
    }

    /// Where the backend comes from, as a jar.
    private Path jarOf(String service) throws IOException {
        Path jar = folder.resolve(service.isEmpty() ? "empty.jar" : "other.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("META-INF/"));
            zip.closeEntry();
            if (!service.isEmpty()) {
                zip.putNextEntry(new ZipEntry("META-INF/services/dev.assay.backend.BackendProvider"));
                zip.write(service.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        return jar;
    }

    private static String entry(String name) {
        return List.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)).stream()
                .filter(each -> each.contains(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aJarTakesThePlaceOfTheInstalledPlugin() throws IOException {
        Path installed = Path.of(entry("simulated"));
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.isRegularFile(installed), "the plugin is on the class path as a jar");
        Path other = Files.copy(installed, folder.resolve("simulated-old.jar"));
        Printed printed = run("--backend", "simulated", "--against", other.toString());
        assertEquals(Exit.OK, printed.exit(), printed.err());
        RunFolder base = folders(printed).getFirst();
        assertEquals(other.toString(), RunSettings.of(base.readPlan()).timing().pluginJar());
        assertEquals(
                "",
                RunSettings.of(folders(printed).getLast().readPlan()).timing().pluginJar());
        assertEquals(1, timings(base).size());
        // Gone, it cannot have been anything else that ran.
        Files.delete(other);
        Files.writeString(base.file(RunFolder.EVENTS), "");
        Printed again = Printed.by("run", "--resume", base.path().toString());
        assertEquals(Exit.PLUGIN, again.exit(), again.err());
        assertTrue(again.err().contains("simulated-old.jar"), again.err());
    }

    @Test
    void whatIsNoVersionOfThePluginIsRefused() throws IOException {
        Printed none = run("--backend", "simulated", "--against", "none.jar");
        assertEquals(Exit.PLUGIN, none.exit(), none.err());
        assertTrue(
                none.err().contains("no readable file 'none.jar'") || none.err().contains("none.jar"), none.err());
        Printed empty = run("--backend", "simulated", "--against", jarOf("").toString());
        assertEquals(Exit.PLUGIN, empty.exit(), empty.err());
        assertTrue(empty.err().contains("announces no backend 'simulated'"), empty.err());
        Printed broken = run(
                "--backend", "simulated", "--against", jarOf("no.such.Provider").toString());
        assertEquals(Exit.PLUGIN, broken.exit(), broken.err());
        assertTrue(broken.err().contains("no.such.Provider"), broken.err());
    }

    @Test
    void whatCannotBeTimedInAlternationIsRefused() {
        run("--backend", "simulated", "--backend", "cpu", "--against", "cpu").refuses("2 candidates", "--backend");
        run("--backend", "simulated", "--against", "npu0").refuses("no backend 'npu0'", "--against npu0");
        run("--backend", "simulated", "--verify-only", "--against", "cpu").refuses("nothing would be timed");
        run("--backend", "simulated", "--against", suite).refuses("has 0", "a .jar of the candidate's plugin");
    }

    @Test
    void controlKernelsNeedRounds() throws IOException {
        run("--backend", "simulated", "--control").refuses("--control", "--rounds 2");
        run("--backend", "simulated", "--control", "--rounds", "3", "--verify-only")
                .refuses("--control");
        String plan = Printed.by("plan", suite, "--control", "--rounds", "2", "--json")
                .out();
        assertTrue(plan.contains("\"suite\" : \"control\""), plan);
        assertFalse(Printed.by("plan", suite, "--json").out().contains("\"control\""));
    }

    private Path calibration(String hardware, String backend) throws IOException {
        Path file = folder.resolve("calibration.json");
        new Calibration(
                        Calibration.SCHEMA,
                        hardware,
                        backend,
                        "",
                        10,
                        200,
                        1,
                        3,
                        List.of(),
                        new Calibration.Peaks(1e10, Map.of("bf16", 1e9)))
                .write(file);
        return file;
    }

    @Test
    void measuredPeaksStandInForThoseThatADeviceDoesNotDeclare() throws IOException {
        String here = Environment.here().hardwareClassId();
        Printed printed = run(
                "--backend",
                "cpu",
                "--cold",
                "--calibration",
                calibration(here, "cpu").toString());
        assertEquals(Exit.OK, printed.exit(), printed.err());
        RunFolder with = RunFolder.of(Path.of(printed.out().lines().toList().getLast()));
        List<TimingRow> rows = timings(with);
        assertEquals(
                Set.of("run", "run_cold"), rows.stream().map(TimingRow::metric).collect(Collectors.toSet()));
        TimingRow warm = rows.getFirst();
        assertNotNull(warm.rooflinePct());
        // 2 * 5 * 9 * 7 flops at 1e9 a second; 9 * 12 values of two bytes at 1e10 take less.
        assertEquals(100 * 630e-9 / (warm.p50() / 1e9), warm.rooflinePct(), 1e-9);
        Printed without = run("--backend", "cpu");
        assertNull(timings(RunFolder.of(Path.of(without.out().lines().toList().getLast())))
                .getFirst()
                .rooflinePct());
    }

    @Test
    void aCalibrationOfSomethingElseIsRefused() throws IOException {
        String here = Environment.here().hardwareClassId();
        Printed machine = run(
                "--backend",
                "cpu",
                "--calibration",
                calibration("abacus", "cpu").toString());
        assertEquals(Exit.ENVIRONMENT, machine.exit(), machine.err());
        assertTrue(machine.err().contains("'abacus'") && machine.err().contains(here), machine.err());
        run("--backend", "cpu", "--calibration", calibration(here, "acme").toString())
                .refuses("'acme'", "[cpu]");
        String file = calibration(here, "cpu").toString();
        run("--backend", "cpu", "--calibration", file, "--calibration", file).refuses("two calibrations");
        run("--backend", "cpu", "--calibration", "none.json").refuses("none.json", "assay calibrate");
    }

    @Test
    void aCalibrationIsOfOneBackendThatMeasures() {
        String file = folder.resolve("c.json").toString();
        Printed.by("calibrate", suite, "-o", file).refuses("--backend", "one");
        Printed.by("calibrate", suite, "--backend", "cpu").refuses("-o");
        assertFalse(Files.exists(Path.of(file)));
    }
}
