package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.cli.CommandLineTest.Printed;
import dev.assay.results.SelftestFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command from end to end, on a grid of one small case.
class SelftestCommandTest {
    private static final String CASE = "matmul/bf16.bf16-bf16/m5.n7.k70/-/normal";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private String grid = "";

    @BeforeEach
    void writeGrid() throws IOException {
        grid = Files.writeString(folder.resolve("grid.json"), """
                        {"name": "small", "description": "d", "seed": 5, "groups": [{
                          "use": ["mutants", "variations"], "cases": [{
                            "operator": "matmul", "inputs": {"A": ["m", "k"], "B": ["k", "n"]},
                            "points": [{"m": 5, "n": 7, "k": 70}], "dtypes": ["bf16"], "fills": ["normal"],
                            "why": "small"}]}]}
                        """).toString();
    }

    private Printed selftest(String... more) {
        List<String> words =
                new ArrayList<>(List.of("selftest", "-o", folder.resolve("runs").toString()));
        words.addAll(List.of(more));
        return Printed.by(words.toArray(String[]::new));
    }

    private static Path folderOf(Printed printed) {
        return Path.of(printed.out().lines().toList().getLast());
    }

    @Test
    void aFaultThatIsFoundMeetsTheGoals() throws IOException {
        Printed printed = selftest("--grid", grid, "--quick", "--fault", "drop-k-tail", "--case", CASE);
        assertEquals(Exit.OK, printed.exit(), printed.out() + printed.err());
        assertTrue(printed.out().contains("3 judged; 3 killed"), printed.out());
        List<String> rows = Files.readAllLines(folderOf(printed).resolve(SelftestFolder.MUTANTS));
        assertEquals(4, rows.size());
        assertTrue(rows.get(1).contains("drop-k-tail"), rows.get(1));
        assertTrue(printed.out()
                .contains(Files.readString(folderOf(printed).resolve(SelftestFolder.SUMMARY))
                        .strip()));
    }

    /// tf32 takes nothing from 16-bit operands, so nothing is left that could have been found.
    @Test
    void aGoalThatIsNotMetEndsWithItsOwnExitCode() {
        Printed printed = selftest("--grid", grid, "--fault", "silent-tf32");
        assertEquals(Exit.INCORRECT, printed.exit(), printed.out());
        assertTrue(printed.out().contains("3 equivalent"), printed.out());
        assertTrue(printed.out().contains("goal NOT MET mutants found"), printed.out());
    }

    @Test
    void oneThatRanOutOfTimeIsResumed() throws IOException {
        Printed whole = selftest("--grid", grid, "--variations-only", "--tensors", "10");
        assertEquals(Exit.OK, whole.exit(), whole.out() + whole.err());
        Printed begun = selftest("--grid", grid, "--variations-only", "--tensors", "10", "--time-budget", "0s");
        assertTrue(begun.out().contains("not reached within the time: 10 of 10"), begun.out());
        assertTrue(begun.out().contains("selftest --grid " + grid + " --resume " + folderOf(begun)), begun.out());
        Printed resumed = Printed.by(
                "selftest", "--grid", grid, "--resume", folderOf(begun).toString());
        assertEquals(Exit.OK, resumed.exit(), resumed.out() + resumed.err());
        assertEquals(
                Files.readString(folderOf(whole).resolve(SelftestFolder.VARIATIONS)),
                Files.readString(folderOf(resumed).resolve(SelftestFolder.VARIATIONS)));
    }

    @Test
    void oneThatBeganDifferentlyIsNotResumed() throws IOException {
        Path begun = folderOf(selftest("--grid", grid, "--quick", "--fault", "drop-k-tail"));
        // Without its own grid.
        Printed.by("selftest", "--resume", begun.toString()).refuses("the grid is not the one");
        Printed.by("selftest", "--quick", "--resume", begun.toString()).refuses("goes on as it began");
        Path settings = begun.resolve(SelftestFolder.SETTINGS);
        Files.writeString(
                settings,
                Files.readString(settings)
                        .replaceFirst("\"rule_constants\" : \"[^\"]*\"", "\"rule_constants\" : \"0\""));
        Printed refused = Printed.by("selftest", "--grid", grid, "--resume", begun.toString());
        assertEquals(Exit.ENVIRONMENT, refused.exit(), refused.err());
        assertTrue(refused.err().contains("the rule constants was '0'"), refused.err());
    }

    @Test
    void whatNobodyKnowsIsRefused() {
        selftest("--fault", "none-such").refuses("none-such", "drop-k-tail");
        selftest("--variation", "none-such").refuses("none-such", "pairwise-sum");
        selftest("--case", "none-such").refuses("none-such", "matmul/");
        selftest("--backend", "npu0").refuses("no backend 'npu0'", "simulated");
        selftest("--backend", "simulated:chp=strict").refuses("no option 'chp'");
        selftest("--backend", "simulated:fault=drop-k-tail").refuses("--fault");
        selftest("--grid", folder.resolve("none.json").toString()).refuses("none.json");
        selftest("--time-budget", "soon").refuses("'soon' is no time", "30m");
        selftest("--tensors", "5").refuses("--variations-only");
        selftest("--variations-only", "--fault", "drop-k-tail").refuses("leave --fault away");
        Printed.by("selftest", "--resume", folder.toString()).refuses("no selftest in");
    }
}
