package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.cli.CommandLineTest.Printed;
import dev.assay.engine.scorecard.Criteria;
import dev.assay.results.CsvTable;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import dev.assay.results.ScorecardRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The command from end to end, with worker processes.
class RunCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private String suite = "";

    @BeforeEach
    void writeSuite() throws IOException {
        Path file = Files.writeString(folder.resolve("small.json"), """
                {"name": "small", "description": "Two small products.", "cases": [{
                  "operator": "matmul", "inputs": {"A": [5, "k"], "B": ["k", 7]}, "sweep": {"k": [9, 70]},
                  "dtypes": ["bf16"], "fills": ["integers(-4,4)"], "why": "small"}]}
                """);
        suite = file.toString();
    }

    private Printed run(String... more) {
        List<String> words = new java.util.ArrayList<>(
                List.of("run", suite, "-o", folder.resolve("runs").toString()));
        words.addAll(List.of(more));
        return Printed.by(words.toArray(String[]::new));
    }

    private static Path folderOf(Printed printed) {
        return Path.of(printed.out().lines().toList().getLast());
    }

    @Test
    void twoIdenticalRunsGiveIdenticalRows() throws IOException {
        Printed first = run("--backend", "simulated", "--verify-only");
        Printed second = run("--backend", "simulated", "--verify-only");
        assertEquals(Exit.OK, first.exit(), first.err());
        assertTrue(first.out().contains("2 pass of 2 planned"), first.out());
        assertFalse(folderOf(first).equals(folderOf(second)));
        assertArrayEquals(
                Files.readAllBytes(folderOf(first).resolve(RunFolder.CASES)),
                Files.readAllBytes(folderOf(second).resolve(RunFolder.CASES)));
    }

    @Test
    void aRunLeavesEveryFileAndTheirSums() throws IOException {
        Printed printed = run("--backend", "simulated", "--quick");
        Path run = folderOf(printed);
        for (String line : Files.readAllLines(run.resolve(RunFolder.SUMS), StandardCharsets.UTF_8)) {
            String[] parts = line.split(" {2}", 2);
            assertEquals(parts[0], Json.sha256(Files.readAllBytes(run.resolve(parts[1]))), parts[1]);
        }
        assertEquals(8, Files.readAllLines(run.resolve(RunFolder.SUMS)).size() + 1);
        assertEquals(3, Files.readAllLines(run.resolve(RunFolder.TIMING)).size());
        String manifest = Files.readString(run.resolve(RunFolder.MANIFEST));
        assertTrue(manifest.contains("\"complete\" : true"), manifest);
    }

    @Test
    void aFaultIsToldWithItsPlaceAndACommandThatRepeatsIt() {
        Printed printed = run("--backend", "simulated:fault=drop-k-tail", "--verify-only");
        assertEquals(Exit.INCORRECT, printed.exit(), printed.out());
        String command = printed.out()
                .lines()
                .filter(line -> line.startsWith("  assay run "))
                .findFirst()
                .orElseThrow()
                .strip();
        List<String> words = new java.util.ArrayList<>(List.of(command.split(" ", -1)));
        words.removeFirst();
        words.addAll(List.of("--verify-only", "-o", folder.resolve("again").toString()));
        Printed again = Printed.by(words.toArray(String[]::new));
        assertEquals(Exit.INCORRECT, again.exit(), again.err());
        assertTrue(again.out().contains("1 fail of 1 planned"), again.out());
    }

    @Test
    void refusalsAreToldWithTheirReasonAndTheirNumber() throws IOException {
        Path file = Path.of(suite);
        Files.writeString(file, Files.readString(file).replace("bf16", "f64"));
        Printed printed = run("--backend", "simulated", "--verify-only");
        assertEquals(Exit.OK, printed.exit(), printed.err());
        assertTrue(printed.out().contains("0/2, 2 unsupported"), printed.out());
        assertTrue(
                printed.out().contains("unsupported on simulated: 2 x this chip has no f64 arithmetic"), printed.out());
    }

    @Test
    void aRunThatWasCutOffIsResumed() throws IOException {
        Printed whole = run("--backend", "simulated", "--verify-only");
        Path run = folderOf(whole);
        byte[] rows = Files.readAllBytes(run.resolve(RunFolder.CASES));
        String journal = Files.readString(run.resolve(RunFolder.EVENTS));
        Files.writeString(run.resolve(RunFolder.EVENTS), journal.substring(0, journal.length() * 2 / 3));
        Files.delete(run.resolve(RunFolder.CASES));
        Files.delete(run.resolve(RunFolder.SUMS));
        Printed resumed = Printed.by("run", "--resume", run.toString());
        assertEquals(Exit.OK, resumed.exit(), resumed.err());
        assertArrayEquals(rows, Files.readAllBytes(run.resolve(RunFolder.CASES)));
    }

    /// Whatever the shards, what they make is joined into the rows of the whole.
    @Test
    void shardsAreJoinedIntoTheWhole() throws IOException {
        Path whole = folderOf(run("--backend", "simulated", "--verify-only"));
        List<String> words = new java.util.ArrayList<>(List.of("results", "merge"));
        for (String shard : List.of("2/2", "1/2")) {
            Printed part = run("--backend", "simulated", "--verify-only", "--shard", shard);
            assertTrue(part.out().contains("1 pass of 1 planned"), part.out() + part.err());
            words.add(folderOf(part).toString());
        }
        Path merged = folder.resolve("merged");
        words.addAll(List.of("-o", merged.toString()));
        Printed joined = Printed.by(words.toArray(String[]::new));
        assertEquals(Exit.OK, joined.exit(), joined.err());
        assertArrayEquals(
                Files.readAllBytes(whole.resolve(RunFolder.CASES)),
                Files.readAllBytes(merged.resolve(RunFolder.CASES)));
    }

    @ParameterizedTest
    @CsvSource({
        "3/2, I/N with I from 1 to N",
        "0/2, I/N with I from 1 to N",
        "1, I/N with I from 1 to N",
        "1/3, give 2 shards at most",
        "1/2x, I/N with I from 1 to N"
    })
    void aShardThatCannotBeIsRefused(String shard, String fix) {
        Printed printed = run("--backend", "simulated", "--verify-only", "--shard", shard);
        assertEquals(Exit.USAGE, printed.exit(), printed.err());
        assertTrue(printed.err().contains("--shard") && printed.err().contains(fix), printed.err());
    }

    @Test
    void controlKernelsDoNotGoInShards() {
        Printed printed = run("--backend", "simulated", "--rounds", "2", "--control", "--shard", "1/2");
        assertEquals(Exit.USAGE, printed.exit(), printed.err());
        assertTrue(printed.err().contains("--control with --shard"), printed.err());
    }

    private static List<String> lines(Printed printed, String start) {
        return printed.out()
                .lines()
                .filter(line -> line.startsWith(start))
                .map(line -> line.replaceAll(" +", " "))
                .toList();
    }

    /// One chip passes and one fails, and the criteria are held against both verdicts.
    @Test
    void aScorecardSaysWhatOthersWouldHaveSaid() throws IOException {
        Printed printed = run(
                "--backend", "simulated", "--backend", "simulated:fault=drop-k-tail", "--verify-only", "--scorecard");
        assertEquals(Exit.INCORRECT, printed.exit(), printed.err());
        assertEquals(1, lines(printed, "2 pass, 2 fail of 4 planned").size(), printed.out());
        assertEquals(List.of("torch-assert-close 0 of 2 0 of 2"), lines(printed, "torch-assert-close"));
        assertEquals(List.of("mlu-ops-diff3 0 of 0 0 of 0"), lines(printed, "mlu-ops-diff3"));
        Path run = folderOf(printed);
        List<ScorecardRow> rows = new CsvTable<>(ScorecardRow.class).read(run.resolve(RunFolder.SCORECARD));
        assertEquals(4 * Criteria.ALL.size(), rows.size());
        assertEquals(9, Files.readAllLines(run.resolve(RunFolder.SUMS)).size() + 1);

        byte[] before = Files.readAllBytes(run.resolve(RunFolder.SCORECARD));
        String journal = Files.readString(run.resolve(RunFolder.EVENTS));
        Files.writeString(run.resolve(RunFolder.EVENTS), journal.substring(0, journal.length() * 2 / 3));
        Files.delete(run.resolve(RunFolder.SCORECARD));
        Files.delete(run.resolve(RunFolder.SUMS));
        Printed resumed = Printed.by("run", "--resume", run.toString());
        assertEquals(Exit.INCORRECT, resumed.exit(), resumed.err());
        assertArrayEquals(before, Files.readAllBytes(run.resolve(RunFolder.SCORECARD)));
        assertEquals(
                Exit.USAGE,
                Printed.by("run", "--resume", run.toString(), "--scorecard").exit());
    }

    @Test
    void withoutTheOptionThereIsNoScorecard() {
        Printed printed = run("--backend", "simulated", "--verify-only");
        assertFalse(Files.exists(folderOf(printed).resolve(RunFolder.SCORECARD)));
        assertFalse(printed.out().contains("published"), printed.out());
    }

    @Test
    void aRunOfAnotherMachineIsNotResumedHere() throws IOException {
        Path run = folderOf(run("--backend", "simulated", "--verify-only"));
        String environment = Files.readString(run.resolve(RunFolder.ENVIRONMENT));
        Files.writeString(
                run.resolve(RunFolder.ENVIRONMENT),
                environment.replaceFirst("\"env_id\" : \"[0-9a-f]*\"", "\"env_id\" : \"000000000000\""));
        Printed refused = Printed.by("run", "--resume", run.toString());
        assertEquals(Exit.ENVIRONMENT, refused.exit(), refused.err());
        assertTrue(refused.err().contains("the machine was '000000000000'"), refused.err());
    }
}
