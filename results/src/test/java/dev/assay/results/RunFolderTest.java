package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.HarnessException;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.PlanFile.SuiteRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunFolderTest {
    private static final List<String> FILES = List.of(
            "SHA256SUMS",
            "cases.csv",
            "env.json",
            "events.ndjson",
            "manifest.json",
            "plan.json",
            "samples.csv",
            "timing.csv");

    @TempDir
    Path parent;

    private static final PlanFile PLAN = new PlanFile(
            PlanFile.SCHEMA,
            JsonNodeFactory.instance.objectNode().put("mode", "quick"),
            List.of(new SuiteRef("smoke", "suites/smoke.json", "00ff")),
            List.of(new BackendRef("acme-npu", "mode=fast"), new BackendRef("cpu", "")),
            List.of(planned("matmul/f32/m4.n4.k4/-/normal", 0.5), planned("matmul/f32/m5.n4.k4/-/normal", 1)));

    private static PlannedCase planned(String id, double estimateMs) {
        return new PlannedCase(
                "smoke",
                id,
                "0123456789abcdef",
                "matmul",
                "f32",
                "m4.n4.k4",
                "-",
                "normal",
                20260101,
                "a size that no tile divides",
                estimateMs,
                estimateMs == 1 ? "too long for --quick" : null,
                JsonNodeFactory.instance.objectNode().put("operator", "matmul"));
    }

    private static Manifest manifest(int exitCode) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Verdict verdict : Verdict.values()) {
            counts.put(verdict.word(), 1);
        }
        return new Manifest(
                Manifest.SCHEMA,
                Manifest.COLUMNS,
                "20261122T160842Z-7k3qv2xa",
                "0.1.0",
                "unknown",
                null,
                "1 00ff",
                "00ff",
                List.of("run", "smoke"),
                null,
                "",
                "",
                "2026-11-22T16:08:42Z",
                "2026-11-22T16:09:42Z",
                true,
                counts,
                exitCode);
    }

    /// A folder as a run leaves it just before its end.
    private RunFolder begun() throws IOException {
        RunFolder run = RunFolder.create(parent.resolve("runs"));
        run.writePlan(PLAN);
        run.writeEnvironment(Map.of("cpus", 16, "os", "Linux"));
        Files.writeString(run.file(RunFolder.EVENTS), "{\"at\":\"2026-11-22T16:08:42Z\",\"type\":\"run_started\"}\n");
        return run;
    }

    private RunFolder finished() throws IOException {
        RunFolder run = begun();
        run.finish(List.of(TestRows.PASSED), List.of(TestRows.TIMED), List.of(TestRows.SAMPLE), manifest(0));
        return run;
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return new TreeSet<>(
                    files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void newFolderIsNamedAfterItsTimeAndUnique() throws IOException {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            RunFolder run = RunFolder.create(parent.resolve("a/b"));
            assertTrue(run.id().matches("20[0-9]{6}T[0-9]{6}Z-[a-z2-7]{8}"), run.id());
            assertEquals(parent.resolve("a/b").resolve(run.id()), run.path());
            assertEquals(Set.of(), names(run.path()));
            assertFalse(run.isFinished());
            ids.add(run.id());
        }
        assertEquals(20, ids.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG-u-nu-arab", "th-TH-u-ca-buddhist-nu-thai", "fa-IR-u-ca-persian", "tr-TR"})
    void nameOfANewFolderDependsOnNoLocale(String tag) throws IOException {
        Locales.run(tag, () -> {
            String id = RunFolder.create(parent).id();
            assertTrue(id.matches("20[0-9]{6}T[0-9]{6}Z-[a-z2-7]{8}"), id);
        });
    }

    @Test
    void folderBesideAnEarlierRunLeavesThatAlone() throws IOException {
        RunFolder first = finished();
        byte[] sums = Files.readAllBytes(first.file(RunFolder.SUMS));
        RunFolder second = RunFolder.create(parent.resolve("runs"));
        assertNotEquals(first.path(), second.path());
        assertArrayEquals(sums, Files.readAllBytes(first.file(RunFolder.SUMS)));
    }

    @Test
    void folderThatCannotBeMadeIsSaidClearly() throws IOException {
        Path file = Files.writeString(parent.resolve("taken"), "not a folder");
        assertCannotBeMade(file);
        assertCannotBeMade(file.resolve("below"));
        assertEquals("not a folder", Files.readString(file));
        // Nobody, not even root, can make one there.
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "Linux has one");
        assertCannotBeMade(Path.of("/proc/self"));
    }

    private static void assertCannotBeMade(Path where) {
        HarnessException e = assertThrows(HarnessException.class, () -> RunFolder.create(where));
        assertTrue(e.what().contains("cannot be made"), e.what());
        assertEquals(where.toString(), e.where());
        assertTrue(e.fix().contains("-o"), e.fix());
    }

    @Test
    void folderWithoutAPlanIsNoRun() throws IOException {
        RunFolder run = RunFolder.create(parent);
        for (Path path : List.of(run.path(), parent.resolve("absent"))) {
            HarnessException e = assertThrows(HarnessException.class, () -> RunFolder.of(path));
            assertTrue(e.what().contains(path.toString()), e.what());
            assertTrue(e.where().contains("plan.json"), e.where());
        }
        Files.createDirectory(run.file(RunFolder.PLAN));
        assertThrows(HarnessException.class, () -> RunFolder.of(run.path()), "a folder is no plan");
    }

    @Test
    void idIsTheNameWhateverWayTheFolderIsGiven() throws IOException {
        RunFolder run = begun();
        assertEquals(run.id(), RunFolder.of(run.path()).id());
        assertEquals(run.id(), RunFolder.of(run.path().resolve(".")).id());
        assertEquals(
                run.id(),
                RunFolder.of(run.path().resolve("../" + run.id() + "/")).id());
    }

    @Test
    void planReadsBackEqual() throws IOException {
        RunFolder run = begun();
        assertEquals(PLAN, RunFolder.of(run.path()).readPlan());
        assertEquals(Json.pretty(PLAN), Files.readString(run.file(RunFolder.PLAN)));
    }

    @Test
    void planKnowsTheKeyOfEveryRow() {
        List<RowKey> keys = PLAN.keys();
        assertEquals(4, keys.size());
        assertEquals(4, new HashSet<>(keys).size());
        assertTrue(keys.contains(TestRows.PASSED.key()));
        assertTrue(keys.contains(TestRows.TIMED.key()));
        assertTrue(keys.contains(TestRows.SAMPLE.key()));
    }

    @Test
    void environmentReadsBackEqual() throws IOException {
        assertEquals(Map.of("cpus", 16, "os", "Linux"), begun().readEnvironment());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"suites\" :; \"colour\" : 1, \"suites\" :; colour",
                "\"suites\" :; \"schema\" : 1, \"suites\" :; schema",
                "\"schema\" : 2,; ``; schema",
                "\"schema\" : 2; \"schema\" : \"1\"; schema",
                "\"schema\" : 2; \"schema\" : 2.5; schema",
                "\"id\" : \"cpu\"; \"id\" : null; backends[1].id",
                "\"id\" : \"cpu\"; \"id\" : 7; backends[1].id",
                "\"id\" : \"cpu\"; \"di\" : \"cpu\"; backends[1].id",
                "\"options\" : \"\"; \"options\" : []; backends[1].options",
                "\"estimate_ms\" : 1.0; \"estimate_ms\" : \"1.0\"; cases[1].estimate_ms",
                "\"estimate_ms\" : 1.0; \"estimate_ms\" : null; cases[1].estimate_ms",
                "\"seed\" : 20260101,; ``; cases[0]",
                "\"backends\" : [; \"backends\" : [ null,; backends[0]"
            })
    void planWithAWrongFieldIsRefusedWithItsNameAndLine(String from, String to, String field) throws IOException {
        RunFolder run = begun();
        String plan = Files.readString(run.file(RunFolder.PLAN));
        int at = plan.indexOf(from);
        assertTrue(at >= 0, plan);
        Files.writeString(run.file(RunFolder.PLAN), plan.substring(0, at) + to + plan.substring(at + from.length()));
        HarnessException e = assertThrows(HarnessException.class, run::readPlan);
        assertTrue(e.what().contains(field), e.what());
        assertTrue(e.where().startsWith(run.file(RunFolder.PLAN) + ", line "), e.where());
        assertTrue(Integer.parseInt(e.where().replaceAll(".* ", "")) > 0, e.where());
        assertFalse(e.fix().isBlank());
    }

    @Test
    void planThatIsBrokenIsRefusedWithItsLine() throws IOException {
        RunFolder run = begun();
        String plan = Files.readString(run.file(RunFolder.PLAN));
        long lines = plan.lines().count();
        assertPlanRefused(run, "", 1);
        assertPlanRefused(run, "null", 1);
        assertPlanRefused(run, plan + "{}", lines + 1);
        assertPlanRefused(run, plan.substring(0, plan.length() - 2), lines);
        assertPlanRefused(
                run,
                plan.replace("\"cpu\"", "cpu"),
                plan.substring(0, plan.indexOf("\"cpu\"")).lines().count());
        byte[] bytes = plan.getBytes(StandardCharsets.UTF_8);
        bytes[plan.indexOf("smoke")] = (byte) 0xE9;
        Files.write(run.file(RunFolder.PLAN), bytes);
        HarnessException e = assertThrows(HarnessException.class, run::readPlan);
        assertTrue(e.what().contains("UTF-8"), e.what());
    }

    private static void assertPlanRefused(RunFolder run, String plan, long line) throws IOException {
        Files.writeString(run.file(RunFolder.PLAN), plan);
        HarnessException e = assertThrows(HarnessException.class, run::readPlan);
        assertEquals(run.file(RunFolder.PLAN) + ", line " + line, e.where(), e.getMessage());
    }

    @Test
    void brokenEnvironmentIsRefusedWithFileAndLine() throws IOException {
        RunFolder run = begun();
        for (String broken : List.of("", "null", "{", "{\"a\":1,\"a\":2}", "{} {}", "[]")) {
            Files.writeString(run.file(RunFolder.ENVIRONMENT), broken);
            HarnessException e = assertThrows(HarnessException.class, run::readEnvironment, broken);
            assertEquals(run.file(RunFolder.ENVIRONMENT) + ", line 1", e.where());
        }
    }

    @Test
    void finishedFolderHoldsExactlyTheDocumentedFiles() throws IOException {
        RunFolder run = finished();
        assertTrue(run.isFinished());
        assertEquals(new TreeSet<>(FILES), names(run.path()));
        assertEquals(List.of(TestRows.PASSED), new CsvTable<>(CaseRow.class).read(run.file(RunFolder.CASES)));
        assertEquals(List.of(TestRows.TIMED), new CsvTable<>(TimingRow.class).read(run.file(RunFolder.TIMING)));
        assertEquals(List.of(TestRows.SAMPLE), new CsvTable<>(SampleRow.class).read(run.file(RunFolder.SAMPLES)));
        assertEquals(
                manifest(0), Json.STRICT.readValue(Files.readString(run.file(RunFolder.MANIFEST)), Manifest.class));
    }

    @Test
    void aScorecardIsWrittenAndSummedWhereItIsAskedFor() throws IOException {
        RunFolder run = finished();
        assertFalse(Files.exists(run.file(RunFolder.SCORECARD)));
        List<ScorecardRow> rows = TestRows.scored("a");
        run.finish(List.of(), List.of(), List.of(), Optional.of(rows), manifest(0));
        assertEquals(rows, new CsvTable<>(ScorecardRow.class).read(run.file(RunFolder.SCORECARD)));
        List<String> sums = Files.readAllLines(run.file(RunFolder.SUMS));
        String sum = Json.sha256(Files.readAllBytes(run.file(RunFolder.SCORECARD)));
        assertTrue(sums.contains(sum + "  scorecard.csv"), sums.toString());
        assertEquals(FILES.size(), sums.size());
        assertEquals(
                sums.stream().map(line -> line.substring(66)).sorted().toList(),
                sums.stream().map(line -> line.substring(66)).toList());
    }

    @Test
    void sumsCoverEveryOtherFileAndAreRight() throws IOException {
        RunFolder run = finished();
        Set<String> summed = new TreeSet<>();
        String sums = Files.readString(run.file(RunFolder.SUMS));
        for (String line : sums.lines().toList()) {
            assertTrue(line.matches("[0-9a-f]{64}  [A-Za-z0-9.]+"), line);
            String name = line.substring(66);
            summed.add(name);
            assertEquals(Json.sha256(Files.readAllBytes(run.file(name))), line.substring(0, 64), name);
        }
        assertTrue(sums.endsWith("\n"));
        Set<String> others = new TreeSet<>(FILES);
        others.remove("SHA256SUMS");
        assertEquals(others, summed);
    }

    @Test
    void sha256sumAcceptsTheSumsAndFindsAChangedByte() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/sha256sum")), "coreutils are installed");
        RunFolder run = finished();
        assertEquals(0, sha256sum(run));
        byte[] bytes = Files.readAllBytes(run.file(RunFolder.CASES));
        bytes[bytes.length - 2] ^= 1;
        Files.write(run.file(RunFolder.CASES), bytes);
        assertEquals(1, sha256sum(run));
    }

    private static int sha256sum(RunFolder run) throws IOException, InterruptedException {
        return new ProcessBuilder("/usr/bin/sha256sum", "--check", "--strict", "--quiet", RunFolder.SUMS)
                .directory(run.path().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void orderInWhichCasesFinishChangesNoByte() throws IOException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ids.add("matmul/f32/m" + i + ".n4.k4/-/normal");
        }
        List<String> golden = List.of();
        Random random = new Random(20261122);
        for (int round = 0; round < 6; round++) {
            JournalState state = new JournalState();
            for (String id : ids) {
                state.take(new Event("x", Event.CASE_FINISHED, TestRows.passed(id), null, null, null));
            }
            Collections.shuffle(ids, random);
            for (String id : ids) {
                state.take(new Event("x", Event.TIMING_FINISHED, null, TestRows.timed(id), TestRows.sampled(id), null));
            }
            RunFolder run = begun();
            run.finish(state.rows(), state.timings(), state.samples(), manifest(0));
            List<String> texts = new ArrayList<>();
            for (String name : FILES) {
                texts.add(Files.readString(run.file(name)));
            }
            golden = round == 0 ? texts : golden;
            assertEquals(golden, texts);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"de-DE", "ar-EG-u-nu-arab", "tr-TR"})
    void noLocaleChangesAByteOfAFolder(String tag) throws IOException {
        RunFolder ours = finished();
        Locales.run(tag, () -> {
            RunFolder theirs = finished();
            for (String name : FILES) {
                assertEquals(Files.readString(ours.file(name)), Files.readString(theirs.file(name)), name);
            }
        });
    }

    @Test
    void countsOfTheManifestAreSorted() throws IOException {
        RunFolder run = finished();
        String text = Files.readString(run.file(RunFolder.MANIFEST));
        List<String> words =
                Stream.of(Verdict.values()).map(Verdict::word).sorted().toList();
        int before = text.indexOf("\"counts\"");
        for (String word : words) {
            int at = text.indexOf("\"" + word + "\" : 1");
            assertTrue(at > before, word + " in " + text);
            before = at;
        }
    }

    @Test
    void finishingAgainReplacesTheTables() throws IOException {
        RunFolder run = finished();
        run.finish(List.of(), List.of(), List.of(), manifest(7));
        assertEquals(List.of(), new CsvTable<>(CaseRow.class).read(run.file(RunFolder.CASES)));
        assertEquals(new TreeSet<>(FILES), names(run.path()));
    }

    // /dev/full is a disk without room, for root too.
    @ParameterizedTest
    @ValueSource(strings = {"cases.csv", "timing.csv", "samples.csv", "manifest.json", "SHA256SUMS"})
    void fullDiskIsSaidClearlyAndKeepsWhatIsThere(String name) throws IOException {
        assumeTrue(Files.isWritable(Path.of("/dev/full")), "Linux has one");
        RunFolder run = finished();
        byte[] before = Files.readAllBytes(run.file(name));
        byte[] plan = Files.readAllBytes(run.file(RunFolder.PLAN));
        byte[] events = Files.readAllBytes(run.file(RunFolder.EVENTS));
        Files.createSymbolicLink(run.file(name + ".part"), Path.of("/dev/full"));
        List<CaseRow> rows = List.of(TestRows.passed("other"));
        HarnessException e =
                assertThrows(HarnessException.class, () -> run.finish(rows, List.of(), List.of(), manifest(1)));
        assertTrue(e.what().contains(name), e.what());
        assertTrue(e.what().contains("No space left on device"), e.what());
        assertEquals(run.file(name).toString(), e.where());
        assertTrue(e.fix().contains("--resume"), e.fix());
        assertFalse(run.isFinished(), "never sums that do not fit");
        assertArrayEquals(plan, Files.readAllBytes(run.file(RunFolder.PLAN)));
        assertArrayEquals(events, Files.readAllBytes(run.file(RunFolder.EVENTS)));
        if (!name.equals(RunFolder.SUMS)) {
            assertArrayEquals(
                    before, Files.readAllBytes(run.file(name)), "the old one or the new one, nothing between");
        }
        Set<String> kept = new TreeSet<>(FILES);
        kept.remove(RunFolder.SUMS);
        assertEquals(kept, names(run.path()), "nothing half-written stays");
        run.finish(rows, List.of(), List.of(), manifest(1));
        assertEquals(rows, new CsvTable<>(CaseRow.class).read(run.file(RunFolder.CASES)), "then there is room again");
        assertTrue(run.isFinished());
    }

    @Test
    void finishWithoutAJournalLeavesTheFolderUnfinished() throws IOException {
        RunFolder run = begun();
        Files.delete(run.file(RunFolder.EVENTS));
        assertThrows(IOException.class, () -> run.finish(List.of(), List.of(), List.of(), manifest(0)));
        assertFalse(run.isFinished());
    }
}
