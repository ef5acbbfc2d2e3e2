package dev.assay.results.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.Locales;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerificationTest {
    @TempDir
    Path parent;

    @SuppressWarnings("NullAway.Init") // before each test
    private RunFolder run;

    @TempDir
    static Path once;

    @SuppressWarnings("NullAway.Init") // before all tests
    private static RunFolder model;

    @BeforeAll
    static void makeModel() throws IOException {
        model = TestRun.finished(once, TestRun.plan());
    }

    @BeforeEach
    void finishedRun() throws IOException {
        run = TestRun.copy(model, parent.resolve("runs"));
    }

    private Verified verify() throws IOException {
        List<Verified> all = Verification.of(run.path());
        assertEquals(1, all.size());
        return all.getFirst();
    }

    private List<String> problems() throws IOException {
        return verify().problems().stream()
                .map(problem -> problem.toString().replace(run.path() + "/", ""))
                .toList();
    }

    private void assertFound(String... beginnings) throws IOException {
        List<String> found = problems();
        for (String beginning : beginnings) {
            assertTrue(found.stream().anyMatch(one -> one.startsWith(beginning)), beginning + " is not in " + found);
        }
        assertEquals(beginnings.length, found.size(), found.toString());
        assertEquals(beginnings.length, verify().count());
    }

    private String read(String name) throws IOException {
        return Files.readString(run.file(name));
    }

    /// Changes a file and its sum.
    private void replace(String name, String from, String to) throws IOException {
        String text = read(name);
        assertTrue(text.contains(from), from + " is not in " + text);
        Files.writeString(run.file(name), text.replaceFirst(java.util.regex.Pattern.quote(from), to));
        TestRun.sum(run);
    }

    @Test
    void whatARunWroteIsSound() throws IOException {
        assertEquals(List.of(), problems());
        assertTrue(verify().isFinished());
        assertEquals("12 pass, 6 unsupported of 18 planned, 24 timings, 8 files", verify().summary());
        assertEquals(verify(), Verification.sound(run.path()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"de-DE", "tr-TR", "ar-EG-u-nu-arab"})
    void noLocaleChangesAByteOrAVerdict(String tag) throws IOException {
        Locales.run(tag, () -> {
            RunFolder other = TestRun.finished(parent.resolve("other"), TestRun.plan());
            for (String name : RunFolder.ALWAYS) {
                if (!name.equals(RunFolder.MANIFEST)) {
                    assertEquals(read(name), Files.readString(other.file(name)), name);
                }
            }
            assertEquals(List.of(), problems());
            replace(RunFolder.CASES, ",0.25,", ",\"0,25\",");
            assertFound(
                    "cases.csv, line 2: column worst_error_ratio holds '0,25'",
                    "cases.csv: no row for ",
                    "manifest.json: complete is true",
                    "manifest.json: counts is",
                    "timing.csv, line 2: a timing of what did not pass",
                    "timing.csv, line 3: a timing of what did not pass",
                    "scorecard.csv, line 2: there is no such case");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cases.csv",
                "timing.csv",
                "samples.csv",
                "scorecard.csv",
                "plan.json",
                "env.json",
                "manifest.json",
                "events.ndjson"
            })
    void everyChangedByteIsFound(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(run.file(name));
        bytes[bytes.length / 2] ^= 1;
        Files.write(run.file(name), bytes);
        List<String> found = problems();
        assertTrue(found.stream().anyMatch(one -> one.startsWith(name + ": its SHA-256 is ")), found.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cases.csv",
                "timing.csv",
                "samples.csv",
                "scorecard.csv",
                "plan.json",
                "env.json",
                "manifest.json",
                "events.ndjson"
            })
    void everyMissingFileIsNamed(String name) throws IOException {
        Files.delete(run.file(name));
        List<String> found = problems();
        assertTrue(found.contains(name + ": missing, and in SHA256SUMS"), found.toString());
    }

    @Test
    void whatIsTooMuchIsNamed() throws IOException {
        Files.writeString(run.file("notes.txt"), "mine");
        Files.writeString(run.file("cases.csv.part"), "suite,");
        Files.createDirectory(run.file("more"));
        Files.createDirectory(run.file("trace"));
        assertFound(
                "notes.txt: there, and not in SHA256SUMS",
                "cases.csv.part: the beginning of a file",
                "more: a folder that is none of a run's");
    }

    @Test
    void linksAreNotFollowed() throws IOException {
        Path outside = Files.writeString(parent.resolve("outside.csv"), read(RunFolder.CASES));
        Files.delete(run.file(RunFolder.CASES));
        Files.createSymbolicLink(run.file(RunFolder.CASES), outside);
        List<String> found = problems();
        assertTrue(found.contains("cases.csv: a link to '" + outside + "'; results hold none"), found.toString());
        assertTrue(found.contains("cases.csv: missing, and in SHA256SUMS"), found.toString());
        Path above = Files.createSymbolicLink(parent.resolve("runs/link"), run.path());
        List<Verified> all = Verification.of(parent.resolve("runs"));
        assertTrue(all.stream().anyMatch(one -> one.folder().equals(above) && !one.isSound()), all.toString());
    }

    @Test
    void sumsThatAreNoneAreRefusedWithTheirLine() throws IOException {
        String sums = read(RunFolder.SUMS);
        Files.writeString(run.file(RunFolder.SUMS), sums.replace("  plan.json", "  ../plan.json"));
        assertEquals(
                "SHA256SUMS, line 5: the line is not '<64 hex digits>  <name of a file>'",
                problems().getFirst());
        Files.writeString(run.file(RunFolder.SUMS), sums.substring(0, sums.length() - 1));
        assertEquals(
                "SHA256SUMS, line 8: the last line has no end: the file was cut off",
                problems().getFirst());
        Files.writeString(
                run.file(RunFolder.SUMS), sums + sums.lines().findFirst().orElseThrow() + "\n");
        assertTrue(problems().getFirst().startsWith("SHA256SUMS, line 9: 'cases.csv' stands after"));
        Files.writeString(run.file(RunFolder.SUMS), "");
        assertTrue(
                problems().getFirst().startsWith("SHA256SUMS, line 1: "),
                problems().toString());
        Files.writeString(run.file(RunFolder.SUMS), sums.replaceAll("[^\n]*timing.csv\n", ""));
        assertFound("SHA256SUMS: timing.csv is not in it", "timing.csv: there, and not in SHA256SUMS");
    }

    // Somebody who knows of the sums changes a value: the journal still has the true one.
    @Test
    void editedValueWithItsSumIsFoundByTheJournal() throws IOException {
        replace(RunFolder.CASES, ",0.25,", ",0.125,");
        assertFound("cases.csv, line 2: not what the journal holds (events.ndjson, line ");
        replace(RunFolder.TIMING, ",101.5,", ",11.5,");
        assertFound("cases.csv, line 2: not what", "timing.csv, line 2: not what the journal holds (events.ndjson, li");
        replace(RunFolder.SAMPLES, ",101.5,", ",11.5,");
        replace(RunFolder.SCORECARD, ",1.25,", ",0.5,");
        assertFound("cases.csv, line 2", "timing.csv, line 2", "samples.csv, line 2", "scorecard.csv, line 2");
    }

    @Test
    void verdictThatWasTurnedIsFound() throws IOException {
        replace(RunFolder.CASES, ",unsupported,", ",pass,");
        assertFound(
                "cases.csv, line 8: not what the journal holds",
                "manifest.json: counts is {pass=12, unsupported=6}, and cases.csv has {pass=13, unsupported=5}");
        replace(RunFolder.MANIFEST, "\"pass\" : 12", "\"pass\" : 13");
        replace(RunFolder.MANIFEST, "\"unsupported\" : 6", "\"unsupported\" : 5");
        assertFound("cases.csv, line 8: not what the journal holds");
    }

    @Test
    void rowThatWasTakenOutIsNamed() throws IOException {
        String[] lines = read(RunFolder.CASES).split("\n", -1);
        replace(RunFolder.CASES, lines[2] + "\n", "");
        assertFound(
                "cases.csv: no row for edges matmul/f32/m4.n4.k4/-/normal seed 20260101 on acme-npu:mode=fast",
                "manifest.json: complete is true",
                "manifest.json: counts is",
                "timing.csv, line 4: a timing of what did not pass",
                "timing.csv, line 5: a timing of what did not pass",
                "scorecard.csv, line 3: there is no such case in cases.csv");
    }

    @Test
    void rowThatIsThereTwiceOrUnplannedIsRefusedWithItsLine() throws IOException {
        String[] lines = read(RunFolder.CASES).split("\n", -1);
        replace(RunFolder.CASES, lines[2] + "\n", lines[2] + "\n" + lines[2] + "\n");
        assertTrue(
                problems().getFirst().startsWith("cases.csv, line 4: the key stands in line 3 already"),
                problems().toString());
        Files.writeString(
                run.file(RunFolder.CASES),
                String.join("\n", lines) + lines[lines.length - 2].replace("smoke", "zoo") + "\n");
        TestRun.sum(run);
        assertFound(
                "cases.csv, line 20: not in the plan: zoo matmul/",
                "manifest.json: counts is",
                "manifest.json: complete is true");
    }

    @Test
    void rowThatIsNotAsPlannedIsSaidColumnByColumn() throws IOException {
        replace(RunFolder.CASES, ",m5.n4.k4,-,normal", ",m7.n4.k4,-,uniform");
        List<String> found = problems();
        assertTrue(
                found.stream()
                        .anyMatch(one -> one.matches("cases.csv, line 5: not as planned \\(plan.json, line [0-9]+\\): "
                                + "shapes is 'm7.n4.k4' instead of 'm5.n4.k4', fill is 'uniform' instead of 'normal'")),
                found.toString());
    }

    @Test
    void otherCaseHashIsFoundInEveryTable() throws IOException {
        for (String name : List.of(RunFolder.CASES, RunFolder.TIMING, RunFolder.SAMPLES, RunFolder.SCORECARD)) {
            replace(name, ",0000000000000005,", ",00000000000000ff,");
            String wanted = "case_hash is '00000000000000ff', and that is not the plan's for this case";
            assertTrue(
                    problems().stream().anyMatch(one -> one.startsWith(name + ", line ") && one.endsWith(wanted)),
                    problems().toString());
        }
    }

    @Test
    void samplesThatDoNotMatchTheirTimingAreCounted() throws IOException {
        String[] lines = read(RunFolder.SAMPLES).split("\n", -1);
        replace(RunFolder.SAMPLES, lines[1] + "\n", "");
        List<String> found = problems();
        assertTrue(
                found.contains("timing.csv, line 2: samples.csv has 1 fewer samples of run/jmh than the row says"),
                found.toString());
        String[] timings = read(RunFolder.TIMING).split("\n", -1);
        replace(RunFolder.TIMING, timings[4] + "\n", "");
        assertTrue(
                problems().stream().anyMatch(one -> one.startsWith("samples.csv, line 7: a sample of what timing.csv")),
                problems().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"schema\" : 1; \"schema\" : 2; schema is 2, and this version knows 1",
                "\"columns\" : 1; \"columns\" : 9; columns is 9, and this version knows 1",
                "\"plan_sha256\" : \"; \"plan_sha256\" : \"0; plan_sha256 is 0",
                "\"pass\" : 12; \"pass\" : 1200; counts is {pass=1200, unsupported=6}",
                "\"complete\" : true; \"complete\" : false; complete is false",
                "\"exit_code\" : 0; \"exit_code\" : 3; exit_code is 3, and the rows make it 0",
                "\"ended_at\" : \"2026-11-22T16:09:42Z\"; \"ended_at\" : \"\"; ended_at is empty",
            })
    void manifestThatLiesIsFound(String from, String to, String what) throws IOException {
        replace(RunFolder.MANIFEST, from.strip(), to.strip());
        assertFound("manifest.json: " + what.strip());
    }

    @Test
    void manifestOfANewerVersionIsRefusedWithItsLine() throws IOException {
        replace(RunFolder.MANIFEST, "\"run_id\"", "\"colour\" : \"red\",\n  \"run_id\"");
        assertTrue(
                problems().getFirst().matches("manifest.json, line [0-9]+: manifest.json cannot be read: colour.*"),
                problems().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0; colour,suite,; column 1 is 'colour' instead of 'suite'",
                "0; suite,; column 1 is '\uFEFFsuite'",
                "1; BOM; byte order mark",
                "2; CRLF; line ends",
                "3; CUT; cut off",
                "4; HUGE; longer than",
            })
    void tableThatSomebodySpoiledIsRefusedWithItsLine(int how, String with, String what) throws IOException {
        String text = read(RunFolder.CASES);
        String spoiled = switch (with) {
            case "BOM" -> "\uFEFF" + text;
            case "CRLF" -> text.replace("\n", "\r\n");
            case "CUT" -> text.substring(0, text.length() - 7);
            case "HUGE" -> text.replaceFirst("Acme One", "x".repeat(10 << 20));
            default -> text.replaceFirst("suite,", with.equals("suite,") ? "\uFEFFsuite," : with);
        };
        Files.writeString(run.file(RunFolder.CASES), spoiled, StandardCharsets.UTF_8);
        TestRun.sum(run);
        List<String> found = problems();
        String wanted = how == 0 && with.equals("suite,") ? "byte order mark" : what.strip();
        assertTrue(
                found.stream().anyMatch(one -> one.startsWith("cases.csv, line ") && one.contains(wanted)),
                found.subList(0, Math.min(5, found.size())).toString());
        assertTrue(found.stream().allMatch(one -> one.length() < 600));
    }

    @Test
    void formulaWrittenByHandIsRefusedWithItsColumn() throws IOException {
        for (String formula : List.of("=cmd|'/c calc'!A1", "+1", "@SUM(A1)", "-1+1+1")) {
            run = TestRun.copy(model, parent.resolve("formula" + formula.length()));
            replace(RunFolder.CASES, ",Acme One,", "," + java.util.regex.Matcher.quoteReplacement(formula) + ",");
            assertEquals(
                    "cases.csv, line 2: column device holds '" + formula + "'",
                    problems().get(1));
        }
    }

    @Test
    void columnOfANewerVersionIsNamed() throws IOException {
        String text = read(RunFolder.CASES).replaceFirst("\n", ",energy_uj\n");
        Files.writeString(run.file(RunFolder.CASES), text);
        TestRun.sum(run);
        assertTrue(
                problems().stream()
                        .anyMatch(one -> one.startsWith("cases.csv, line 1: ") && one.contains("unknown [energy_uj]")),
                problems().toString());
    }

    @Test
    void ofAFileThatIsWrongThroughoutAHundredLinesAreListedAndTheOthersCounted() throws IOException {
        List<String> lines = new ArrayList<>(read(RunFolder.CASES).lines().toList());
        for (int i = 0; i < 1000; i++) {
            lines.add("x");
        }
        Files.writeString(run.file(RunFolder.CASES), String.join("\n", lines) + "\n");
        TestRun.sum(run);
        assertEquals(101, problems().size());
        assertEquals("cases.csv: 900 more of this file", problems().getLast());
        assertEquals(1000, verify().count());
    }

    @Test
    void planThatIsSpoiledIsRefusedWithItsLine() throws IOException {
        replace(RunFolder.PLAN, "\"fill\" : \"normal\",", "");
        List<String> found = problems();
        assertTrue(
                found.stream().anyMatch(one -> one.matches("plan.json, line [0-9]+: the plan cannot be read.*fill.*")),
                found.toString());
    }

    @Test
    void planOfAnotherVersionIsNamed() throws IOException {
        replace(RunFolder.PLAN, "\"schema\" : 2", "\"schema\" : 1");
        assertTrue(
                problems().stream()
                        .anyMatch(one -> one.startsWith("plan.json, line 3: ")
                                && one.endsWith("its schema is 1, and this version knows 2")),
                problems().toString());
    }

    @Test
    void caseThatIsPlannedTwiceIsNamed() throws IOException {
        String text = read(RunFolder.PLAN);
        Files.writeString(run.file(RunFolder.PLAN), text.replace("m66.n4.k4/-", "m4.n4.k4/-"));
        TestRun.sum(run);
        assertTrue(
                problems().stream()
                        .anyMatch(one -> one.matches("plan.json, line [0-9]+: the plan has this twice: smoke.*")),
                problems().toString());
    }

    @Test
    void unfinishedRunSaysWhatIsMissingAndHowToGoOn() throws IOException {
        run = TestRun.planned(parent.resolve("runs"), TestRun.plan());
        assertFound("SHA256SUMS: missing: the run has not begun; `assay run --resume " + run.path());
        TestRun.execute(
                run, key -> key.suite().equals("smoke") && !key.backend().equals("cpu"));
        String beginning = "cases.csv: not run yet: ";
        List<String> found = problems();
        assertEquals(13, found.size());
        assertTrue(
                found.contains(beginning + "edges matmul/f32/m4.n4.k4/-/normal seed 20260101 on acme-npu:mode=fast"));
        assertTrue(found.contains(beginning + "smoke matmul/f32/m66.n4.k4/-/normal seed 20260101 on cpu"));
        assertTrue(found.getFirst().startsWith("SHA256SUMS: missing: the run is not finished; 6 of 18 planned rows"));
        assertFalse(verify().isFinished());
        Files.writeString(run.file(RunFolder.EVENTS), "{\"at", java.nio.file.StandardOpenOption.APPEND);
        assertTrue(
                problems().stream().anyMatch(one -> one.matches("events.ndjson, line 20: the last line has no.*")),
                problems().toString());
        VerificationException e = assertThrows(VerificationException.class, () -> Verification.sound(run.path()));
        assertTrue(e.getMessage().contains("6 of 18 planned rows"), e.getMessage());
    }

    @Test
    void resumedRunIsUnfinishedUntilItHasEnded() throws IOException {
        assertTrue(Files.exists(run.file(RunFolder.SUMS)));
        var state = TestRun.execute(run, key -> false);
        assertFalse(Files.exists(run.file(RunFolder.SUMS)));
        assertTrue(
                problems().getFirst().contains("18 of 18 planned rows are in the journal"),
                problems().toString());
        TestRun.finish(run, state);
        assertEquals(List.of(), problems());
    }

    @Test
    void allFoldersBelowAreLookedAt() throws IOException {
        RunFolder second = TestRun.planned(parent.resolve("runs/nightly"), TestRun.plan());
        RunFolder empty = RunFolder.create(parent.resolve("runs"));
        Files.createDirectories(parent.resolve("runs/notes"));
        List<Verified> all = Verification.of(parent);
        assertEquals(3, all.size());
        for (Verified one : all) {
            assertEquals(one.folder().equals(run.path()), one.isSound(), one.toString());
        }
        assertTrue(all.stream().anyMatch(one -> one.folder().equals(second.path())));
        assertTrue(all.stream()
                .anyMatch(one -> one.folder().equals(empty.path())
                        && one.problems().getFirst().what().startsWith("empty: the run was killed")));
    }

    @Test
    void noResultsAreAnError() throws IOException {
        Path nothing = Files.createDirectory(parent.resolve("nothing"));
        assertTrue(assertThrows(HarnessException.class, () -> Verification.of(nothing))
                .what()
                .contains("no results"));
        assertTrue(assertThrows(HarnessException.class, () -> Verification.of(parent.resolve("absent")))
                .what()
                .contains("no folder"));
    }
}
