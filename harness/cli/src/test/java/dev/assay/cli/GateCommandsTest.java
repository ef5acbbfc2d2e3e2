package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.cli.CommandLineTest.Printed;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Gate, baselines, reports, diffs and certificates, over one real run that passes and one that fails.
class GateCommandsTest {
    @TempDir
    private static Path shared;

    private static Path good;
    private static Path bad;
    private static String failing;

    @TempDir
    private Path folder;

    @BeforeAll
    static void run() throws IOException {
        Path suite = Files.writeString(shared.resolve("tiny.json"), """
                {"name": "tiny", "description": "Two products.", "cases": [{
                  "operator": "matmul", "inputs": {"A": [8, 40], "B": [40, 8]},
                  "dtypes": ["f32", "bf16"], "fills": ["integers(-4,4)"], "why": "quick"}]}
                """);
        good = runs(suite, Exit.OK, "simulated");
        bad = runs(suite, Exit.INCORRECT, "simulated:fault=drop-k-tail");
        failing = Files.readAllLines(bad.resolve(RunFolder.CASES)).get(1).split(",", -1)[1];
    }

    private static Path runs(Path suite, int exit, String backend) {
        Printed run = Printed.by(
                "run",
                suite.toString(),
                "--backend",
                backend,
                "--release",
                "--rounds",
                "1",
                "-o",
                shared.resolve("runs").toString());
        assertEquals(exit, run.exit(), run.out() + run.err());
        return Path.of(run.out().lines().toList().getLast());
    }

    private static Printed by(int exit, String... args) {
        Printed printed = Printed.by(args);
        assertEquals(exit, printed.exit(), printed.out() + printed.err());
        return printed;
    }

    private static void contains(String text, String... words) {
        for (String word : words) {
            assertTrue(text.contains(word), () -> "'" + word + "' is missing in: " + text);
        }
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static String waiver(String verdict, String more) {
        return """
                {"schema": 1, "waivers": [
                  {"id": "tail", "case": "%s", "backend": "simulated", "verdict": "%s", "owner": "Ada",
                   "reason": "the tail is lost", "expires": "2026-12-31"%s}]}
                """.formatted(failing, verdict, more);
    }

    @Test
    void aRunThatPassesIsLetThrough() throws IOException {
        Printed gate = by(
                Exit.OK,
                "gate",
                good.toString(),
                "--json",
                path("v.json"),
                "--markdown",
                path("v.md"),
                "--junit",
                path("v.xml"));
        contains(
                gate.out(), "passed of planned  simulated", "2 planned, 2 in scope, 2 judged: 2 passed", "gate passed");
        JsonNode verdict = Json.STRICT.readTree(Files.readAllBytes(folder.resolve("v.json")));
        assertEquals(0, verdict.get("exit_code").asInt());
        assertEquals(2, verdict.at("/counts/planned").asInt());
        contains(Files.readString(folder.resolve("v.md")), "### Assay: gate passed");
        contains(Files.readString(folder.resolve("v.xml")), "<testsuite name=\"tiny on simulated\" tests=\"2\"");
    }

    @Test
    void aRunThatFailsIsHeldBackWithACommandThatRepeatsIt() throws IOException {
        Printed gate = by(Exit.INCORRECT, "gate", bad.toString(), "--json", path("v.json"));
        contains(
                gate.out(),
                "wrong: " + failing + " of tiny, seed ",
                "fail (exact): ",
                "--backend simulated:fault=drop-k-tail --case " + failing,
                "gate failed: exit code 3");
        JsonNode verdict = Json.STRICT.readTree(Files.readAllBytes(folder.resolve("v.json")));
        assertEquals("failed", verdict.get("verdict").asText());
        assertEquals("wrong", verdict.at("/reasons/0/kind").asText());
        assertEquals(failing, verdict.at("/reasons/0/row/case_id").asText());
    }

    @Test
    void thePolicyInEffectIsPrintedAndReadsBack() throws IOException {
        String text = by(Exit.OK, "gate", "--print-policy").out();
        Path policy = file("policy.json", text);
        assertEquals(
                text,
                by(Exit.OK, "gate", "--print-policy", "--policy", policy.toString())
                        .out());
        by(Exit.OK, "gate", good.toString(), "--policy", policy.toString());
        file("bad.json", "{\n\"schema\": 1,\n\"min_case\": 2}");
        Printed.by("gate", good.toString(), "--policy", path("bad.json"))
                .refuses("bad.json, line 3, field min_case", "min_cases");
        Printed.by("gate").refuses("which run is missing");
        Printed.by("gate", path("none")).refuses("no run in");
        file("many.json", "{\"schema\": 1, \"min_cases\": 3}");
        by(Exit.INCOMPLETE, "gate", good.toString(), "--policy", path("many.json"));
    }

    @Test
    void waiversCountUntilTheirDay() throws IOException {
        JsonNode plan = Json.STRICT.readTree(bad.resolve(RunFolder.PLAN).toFile());
        assertEquals(2, plan.get("cases").size());
        String both = waiver("fail", ", \"worst_error_ratio\": \"Infinity\"")
                .replace("\"case\": \"" + failing + "\"", "\"operator\": \"matmul\"");
        String file = file("w.json", both).toString();
        Printed waived = by(Exit.OK, "gate", bad.toString(), "--waivers", file, "--today", "2026-12-31");
        contains(waived.out(), "waived: fail of " + failing, "by tail of Ada until 2026-12-31", "2 waived");
        contains(
                by(Exit.INCORRECT, "gate", bad.toString(), "--waivers", file, "--today", "2027-01-01")
                        .out(),
                "waiver_expired: waiver 'tail' of Ada");
        Printed unneeded = by(Exit.INCORRECT, "gate", good.toString(), "--waivers", file, "--today", "2026-12-31");
        contains(unneeded.out(), "waiver_unneeded: waiver 'tail' of Ada", "gate failed: exit code 3");
    }

    @Test
    void aFolderThatWasChangedIsRefusedAndAnOldVerdictIsGone() throws IOException {
        Path copy = copy(good);
        Files.writeString(folder.resolve("v.md"), "old");
        Path cases = copy.resolve(RunFolder.CASES);
        Files.writeString(cases, Files.readString(cases).replace(",pass,", ",fail,"));
        Printed gate =
                by(Exit.VERIFICATION, "gate", copy.toString(), "--json", path("v.json"), "--markdown", path("v.md"));
        contains(gate.err(), "cases.csv");
        contains(Files.readString(folder.resolve("v.json")), "\"unverified\"", "\"exit_code\" : 8");
        assertFalse(Files.exists(folder.resolve("v.md")));
        by(Exit.VERIFICATION, "report", copy.toString());
        by(Exit.VERIFICATION, "certify", copy.toString(), "-o", path("c.zip"), "--key", path("k.pem"), "--key-new");
        assertFalse(Files.exists(folder.resolve("k.pem")));
    }

    private Path copy(Path run) throws IOException {
        Path copy = Files.createDirectories(folder.resolve(run.getFileName()));
        try (var files = Files.list(run)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    @Test
    void aBaselineIsSetListedShownAndHeldAgainst() throws IOException {
        Path run = copy(good);
        String[] at = {"--baselines", path("results/baselines")};
        contains(by(Exit.OK, "baseline", "list", at[0], at[1]).out(), "no baselines");
        Printed set = by(
                Exit.OK, "baseline", "set", "v1.2", run.toString(), "--reason", "release", "--by", "Ada", at[0], at[1]);
        contains(set.out(), "baseline v1.2: run " + run.getFileName(), "by Ada: release");
        Printed.by("baseline", "set", "v1.2", run.toString(), "--reason", "x", at[0], at[1])
                .refuses("is there already");
        contains(by(Exit.OK, "baseline", "list", at[0], at[1]).out(), "v1.2", "tiny", "simulated", "release");
        contains(by(Exit.OK, "baseline", "show", "v1.2", at[0], at[1]).out(), "the one that was named");
        contains(
                by(Exit.OK, "gate", good.toString(), "--against", "v1.2", at[0], at[1])
                        .out(),
                "against v1.2 (run " + run.getFileName());
        contains(
                by(Exit.OK, "compare", "v1.2", good.toString(), at[0], at[1]).out(),
                "base:      " + run.getFileName(),
                "2 in both");
        contains(
                by(Exit.INCOMPARABLE, "compare", "v1.3", good.toString(), at[0], at[1])
                        .err(),
                "no baseline and no folder 'v1.3'");
        Printed none = by(Exit.INCOMPARABLE, "gate", good.toString(), "--against", "v1.3", at[0], at[1]);
        contains(none.out(), "no_baseline: no baseline and no folder 'v1.3'", "gate failed: exit code 6");
        Files.writeString(run.resolve(RunFolder.SUMS), "\n");
        by(Exit.VERIFICATION, "gate", good.toString(), "--against", "v1.2", at[0], at[1]);
        by(Exit.VERIFICATION, "baseline", "show", "v1.2", at[0], at[1]);
        by(Exit.VERIFICATION, "compare", "v1.2", good.toString(), at[0], at[1]);
        Printed.by("baseline").refuses("set, list or show");
        Printed.by("baseline", "show", "v9", at[0], at[1]).refuses("no baseline 'v9'", "[v1.2]");
    }

    @Test
    void runsAreReportedWithoutBeingDecided() throws IOException {
        Printed one = by(Exit.OK, "report", bad.toString(), "--markdown", path("r.md"), "--junit", path("r.xml"));
        contains(one.out(), "fail (exact): " + failing, "2 fail of 2 planned");
        contains(Files.readString(folder.resolve("r.md")), "### Assay: not everything is right", "assay run ");
        contains(Files.readString(folder.resolve("r.xml")), "failures=\"2\"");
        Printed two = by(Exit.OK, "report", good.toString(), bad.toString());
        contains(two.out(), "passed of planned  simulated  simulated:fault=drop-k-tail", "matmul             2/2");
    }

    @Test
    void whatACertificateNeedsIsAskedFor() throws IOException {
        String zip = path("c.zip");
        Printed failed = by(Exit.INCORRECT, "certify", bad.toString(), "-o", zip, "--key", path("k.pem"), "--key-new");
        contains(failed.out(), "not certified: the gate failed with exit code 3");
        Printed.by("verify", zip).refuses("no file");
        Printed certified = Printed.by("certify", good.toString(), "-o", zip, "--key", path("k.pem"), "--key-new");
        if (Build.current().cleanTree().orElse(false)) {
            assertEquals(Exit.OK, certified.exit(), certified.err());
            contains(
                    by(Exit.OK, "verify", zip, "--public-key", path("k.pem.pub"))
                            .out(),
                    "with the key that was given");
            Files.writeString(folder.resolve("c.zip"), "no zip");
            by(Exit.VERIFICATION, "verify", zip);
        } else {
            certified.refuses("not exactly a commit");
            assertFalse(Files.exists(folder.resolve("k.pem")), "a key that signs nothing");
        }
    }

    @Test
    void gitShowsWhatChangedBetweenTwoTables() throws IOException, InterruptedException {
        Path repository = Files.createDirectories(folder.resolve("repository"));
        Path driver = file(
                "driver",
                "#!/bin/sh\n"
                        + String.join(
                                " ",
                                quoted(Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString()),
                                "-cp",
                                quoted(System.getProperty("java.class.path")),
                                "dev.assay.cli.Assay",
                                "diff-driver",
                                "\"$@\"")
                        + "\n");
        assertTrue(driver.toFile().setExecutable(true));
        git(repository, "init", "-q");
        git(repository, "config", "diff.assay.command", driver.toString());
        Files.writeString(repository.resolve(".gitattributes"), "*.csv diff=assay\n");
        String cases = Files.readString(good.resolve(RunFolder.CASES));
        Files.writeString(repository.resolve("cases.csv"), cases);
        Files.writeString(repository.resolve("other.csv"), "a,b\n1,2\n");
        git(repository, "add", ".");
        git(repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-qm", "first");
        Files.writeString(repository.resolve("cases.csv"), cases.replaceFirst(",pass,", ",error,"));
        Files.writeString(repository.resolve("other.csv"), "a,b\n1,3\n");
        Files.copy(good.resolve(RunFolder.TIMING), repository.resolve("timing.csv"));
        git(repository, "add", "-N", ".");
        String shown = git(repository, "diff");
        contains(
                shown,
                "assay diff of cases.csv: 2 -> 2 rows: 1 with another verdict, 0 new, 0 missing, 0 changed otherwise",
                "verdict  pass -> error  matmul/",
                "assay diff of other.csv: 8 bytes -> 8 bytes; not compared row by row: it is no table",
                "assay diff of timing.csv: 0 -> 2 rows");
        Files.writeString(repository.resolve("cases.csv"), cases.substring(0, cases.length() - 3));
        contains(git(repository, "diff", "--", "cases.csv"), "not compared row by row: the last line has no end");
        Files.delete(repository.resolve("cases.csv"));
        contains(git(repository, "diff", "--", "cases.csv"), "2 -> 0 rows", "2 missing");
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    private static String git(Path repository, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(repository.toFile()).redirectErrorStream(true);
        builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
        builder.environment().put("GIT_PAGER", "cat");
        builder.environment().put("HOME", repository.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    @Test
    void aDriverCalledByHandSaysWhatItNeeds() {
        Printed.by("diff-driver").refuses("ARGUMENT");
        Printed.by("diff-driver", "a", "b").refuses("2 arguments instead of the seven");
        contains(by(Exit.OK, "diff-driver", "cases.csv").out(), "not merged yet");
        String cases = good.resolve(RunFolder.CASES).toString();
        contains(
                by(Exit.OK, "diff-driver", "a.csv", cases, "0", "100644", cases, "0", "100644", "b.csv", "100")
                        .out(),
                "assay diff of a.csv -> b.csv: 2 -> 2 rows");
    }
}
