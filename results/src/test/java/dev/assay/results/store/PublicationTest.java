package dev.assay.results.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.Disk;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicationTest {
    private static final String HARDWARE = "amd-epyc-0cc84da9616f";

    @TempDir
    static Path once;

    @SuppressWarnings("NullAway.Init") // before all tests
    private static RunFolder run;

    @TempDir
    Path parent;

    @BeforeAll
    static void makeRun() throws IOException {
        run = TestRun.finished(once, TestRun.plan());
    }

    private Path to() {
        return parent.resolve("results/published");
    }

    private static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path one : all.filter(Files::isRegularFile).toList()) {
                    contents.put(folder.relativize(one).toString(), Files.readString(one));
                }
            }
        }
        return contents;
    }

    @Test
    void runIsSplitBySuiteClassAndBackend() throws IOException {
        List<Path> written = Publication.publish(run.path(), to());
        Set<String> names =
                written.stream().map(path -> to().relativize(path).toString()).collect(Collectors.toSet());
        String evil = SafeName.of("../../x");
        String fast = SafeName.of("acme-npu:mode=fast");
        assertEquals(
                Set.of(
                        "smoke/" + HARDWARE + "/cpu",
                        "smoke/" + HARDWARE + "/" + evil,
                        "smoke/" + HARDWARE + "/" + fast,
                        "edges/" + HARDWARE + "/cpu",
                        "edges/" + HARDWARE + "/" + evil,
                        "edges/" + HARDWARE + "/" + fast),
                names);
        List<Verified> all = Verification.of(parent);
        assertEquals(6, all.size());
        for (Verified one : all) {
            assertEquals(List.of(), one.problems());
            assertEquals("2 pass, 1 unsupported of 3 planned, 4 timings, 7 files", one.summary());
        }
        assertEquals(Set.of("results"), names(parent), "nothing outside");
        assertEquals(Set.of("smoke", "edges"), names(to()), "no lock is left");
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    @Test
    void everyRowIsInExactlyOneFolderAndNoPathOfTheMachineIs() throws IOException {
        List<CaseRow> rows = new ArrayList<>();
        for (Path folder : Publication.publish(run.path(), to())) {
            rows.addAll(new CsvTable<>(CaseRow.class).read(folder.resolve(RunFolder.CASES)));
            Manifest manifest = RunFolder.of(folder).readManifest();
            assertEquals(run.id(), manifest.runId());
            assertEquals(Map.of("pass", 2, "unsupported", 1), manifest.counts());
            assertFalse(contents(folder).toString().contains("/home/"));
            assertFalse(Files.exists(folder.resolve(RunFolder.EVENTS)));
        }
        CsvTable<CaseRow> table = new CsvTable<>(CaseRow.class);
        assertEquals(Files.readString(run.file(RunFolder.CASES)), table.format(rows));
    }

    @Test
    void publishingAgainReplacesTheFolderAsAWhole() throws IOException {
        Publication.publish(run.path(), to());
        Map<String, String> before = contents(to());
        Path some = to().resolve("smoke/" + HARDWARE + "/cpu");
        Files.writeString(some.resolve("notes.txt"), "mine");
        Files.writeString(some.resolve("cases.csv"), "spoiled");
        Publication.publish(run.path(), to());
        assertEquals(before, contents(to()));
    }

    @Test
    void runThatIsNotSoundIsNotPublished() throws IOException {
        RunFolder spoiled = TestRun.copy(run, parent.resolve("runs"));
        Files.delete(spoiled.file(RunFolder.SUMS));
        assertThrows(VerificationException.class, () -> Publication.publish(spoiled.path(), to()));
        assertFalse(Files.exists(to()));
    }

    @Test
    void resultsAreNotWrittenThroughALink() throws IOException {
        Path outside = Files.createDirectory(parent.resolve("outside"));
        Files.createDirectories(to());
        Files.createSymbolicLink(to().resolve("smoke"), outside);
        HarnessException e = assertThrows(HarnessException.class, () -> Publication.publish(run.path(), to()));
        assertTrue(e.what().contains("is a link"), e.what());
        assertEquals(Set.of(), names(outside));
    }

    @Test
    void twoDoNotPublishToOnePlaceAtATime() throws IOException {
        Files.createDirectories(to());
        try (FileChannel other =
                FileChannel.open(to().resolve(".publish.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertTrue(other.tryLock().isValid());
            HarnessException e = assertThrows(HarnessException.class, () -> Publication.publish(run.path(), to()));
            assertTrue(e.what().contains("publishing"), e.what());
        }
    }

    @Test
    void folderInTheWrongPlaceIsFound() throws IOException {
        Publication.publish(run.path(), to());
        Path from = to().resolve("smoke/" + HARDWARE + "/cpu");
        Path wrong = to().resolve("smoke/h100-000000000000/cpu");
        Files.createDirectories(wrong.getParent());
        Files.move(from, wrong);
        List<Problem> problems = Verification.of(wrong).getFirst().problems();
        assertEquals(1, problems.size());
        assertTrue(
                problems.getFirst().what().endsWith("belongs into 'smoke/" + HARDWARE + "/cpu'"), problems.toString());
    }

    // What a process leaves that is killed at any step: the old folder, the new one, or a problem that is said.
    @Test
    void killedPublicationLeavesTheOldFolderOrTheNewOneOrIsFound() throws IOException {
        List<PlannedCase> cases = List.of(TestRun.planned("smoke", 4), TestRun.planned("smoke", 66));
        RunFolder newer =
                TestRun.finished(parent.resolve("runs"), TestRun.plan(List.of(TestRun.CPU, TestRun.EVIL), cases));
        Path first = parent.resolve("first/published");
        Publication.publish(newer.path(), first);
        Map<String, String> after = contents(first);
        RunFolder older =
                TestRun.finished(parent.resolve("runs"), TestRun.plan(List.of(TestRun.CPU), cases.subList(0, 1)));
        Path kept = parent.resolve("kept/published");
        Publication.publish(older.path(), kept);
        Map<String, String> before = contents(kept);
        Snapshots snapshots = new Snapshots(kept, parent.resolve("shots"));
        Publication.publish(newer.path(), kept, new Disk(snapshots));
        assertEquals(after, contents(kept));
        int found = 0;
        for (Path shot : snapshots.taken()) {
            for (String name : before.keySet().stream()
                    .map(file -> file.replaceAll("/[^/]*$", ""))
                    .distinct()
                    .toList()) {
                Path folder = shot.resolve(name);
                if (Files.exists(folder)) {
                    Map<String, String> here = contents(folder);
                    boolean old = here.equals(below(before, name));
                    assertTrue(old || here.equals(below(after, name)), shot + " has neither: " + here.keySet());
                    assertEquals(List.of(), Verification.of(folder).getFirst().problems());
                }
            }
            List<Verified> all = Verification.of(shot);
            boolean leftover = contents(shot).keySet().stream()
                    .anyMatch(file -> file.contains(".part/") || file.contains(".old/"));
            if (leftover) {
                found++;
                assertTrue(all.stream().anyMatch(one -> !one.isSound()), shot.toString());
            }
        }
        assertTrue(found > 40, "found only " + found);
        // Doing it again from any of them ends as if nobody had been killed.
        for (int i = 0; i < snapshots.taken().size(); i += 7) {
            Path shot = snapshots.taken().get(i);
            Publication.publish(newer.path(), shot);
            assertEquals(after, contents(shot));
        }
    }

    private static Map<String, String> below(Map<String, String> all, String folder) {
        Map<String, String> some = new TreeMap<>();
        all.forEach((name, text) -> {
            if (name.startsWith(folder + "/")) {
                some.put(name.substring(folder.length() + 1), text);
            }
        });
        return some;
    }
}
