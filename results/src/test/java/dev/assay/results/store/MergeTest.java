package dev.assay.results.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.Disk;
import dev.assay.results.Journal;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeTest {
    @TempDir
    static Path once;

    @SuppressWarnings("NullAway.Init") // before all tests
    private static RunFolder whole;

    @TempDir
    Path parent;

    @BeforeAll
    static void makeRun() throws IOException {
        whole = TestRun.finished(once, TestRun.plan());
    }

    private Map<String, String> merged(String name, List<Path> folders) throws IOException {
        Path out = parent.resolve(name);
        Merge.merge(folders, out);
        return contents(out);
    }

    private static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path one : all.toList()) {
                contents.put(one.getFileName().toString(), Files.readString(one));
            }
        }
        return contents;
    }

    /// Runs some cases of the whole plan, each on some backends.
    private RunFolder shard(Set<String> wanted) throws IOException {
        PlanFile plan = TestRun.plan();
        List<PlannedCase> cases = new ArrayList<>();
        for (PlannedCase planned : plan.cases()) {
            List<String> labels = plan.backends().stream()
                    .filter(backend -> wanted.contains(planned.key(backend).toString()))
                    .map(BackendRef::label)
                    .toList();
            if (!labels.isEmpty()) {
                cases.add(planned.on(labels));
            }
        }
        return TestRun.finished(parent.resolve("shards"), TestRun.plan(plan.backends(), cases));
    }

    @Test
    void anySplitInAnyOrderGivesTheSameBytes() throws IOException {
        Map<String, String> expected = merged("whole", List.of(whole.path()));
        assertEquals(
                List.of(), Verification.of(parent.resolve("whole")).getFirst().problems());
        assertEquals(Files.readString(whole.file(RunFolder.CASES)), expected.get(RunFolder.CASES));
        assertEquals(Files.readString(whole.file(RunFolder.SAMPLES)), expected.get(RunFolder.SAMPLES));
        List<String> keys = TestRun.plan().keys().stream().map(Object::toString).toList();
        Random random = new Random(20261128);
        for (int round = 0; round < 6; round++) {
            int count = 1 + random.nextInt(5);
            List<Set<String>> split = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                split.add(new TreeSet<>());
            }
            for (String key : keys) {
                split.get(random.nextInt(count)).add(key);
                if (random.nextInt(4) == 0) {
                    // Some rows are in two shards.
                    split.get(random.nextInt(count)).add(key);
                }
            }
            List<Path> folders = new ArrayList<>();
            for (Set<String> one : split) {
                if (!one.isEmpty()) {
                    folders.add(shard(one).path());
                }
            }
            Collections.shuffle(folders, random);
            assertEquals(expected, merged("merged" + round, folders), "round " + round);
        }
    }

    @Test
    void casesOfOtherBackendsAreNotPlannedForAll() throws IOException {
        RunFolder a = TestRun.finished(
                parent.resolve("a"), TestRun.plan(List.of(TestRun.CPU), List.of(TestRun.planned("smoke", 4))));
        RunFolder b = TestRun.finished(
                parent.resolve("b"), TestRun.plan(List.of(TestRun.FAST), List.of(TestRun.planned("edges", 5))));
        Path out = parent.resolve("out");
        Merge.merge(List.of(a.path(), b.path()), out);
        RunFolder merged = RunFolder.of(out);
        assertEquals(2, merged.readPlan().keys().size());
        assertEquals(
                "2 pass of 2 planned, 4 timings, 7 files",
                Verification.sound(out).summary());
        Manifest manifest = merged.readManifest();
        assertTrue(manifest.runId().matches("merged-[0-9a-f]{16}"), manifest.runId());
        assertEquals(List.of("results", "merge"), manifest.arguments());
        assertEquals("2026-11-22T16:08:42Z", manifest.startedAt());
        assertFalse(contents(out).toString().contains("/home/"));
        HarnessException e = assertThrows(HarnessException.class, () -> Journal.open(merged.file(RunFolder.EVENTS)));
        assertTrue(e.what().contains("no journal to go on with"), e.what());
        assertTrue(Verification.of(out).getFirst().isSound(), "and it is untouched");
    }

    /// A whole run with one value changed everywhere, so that it is sound.
    private RunFolder other(String name, String from, String to) throws IOException {
        RunFolder copy = TestRun.copy(whole, parent.resolve(name));
        for (String file : List.of(
                RunFolder.CASES,
                RunFolder.TIMING,
                RunFolder.EVENTS,
                RunFolder.PLAN,
                RunFolder.MANIFEST,
                RunFolder.ENVIRONMENT)) {
            Files.writeString(copy.file(file), Files.readString(copy.file(file)).replace(from, to));
        }
        Manifest manifest = copy.readManifest();
        String sum = dev.assay.results.Sums.sha256(copy.file(RunFolder.PLAN));
        Files.writeString(
                copy.file(RunFolder.MANIFEST),
                Files.readString(copy.file(RunFolder.MANIFEST)).replace(manifest.planSha256(), sum));
        TestRun.sum(copy);
        Verification.sound(copy.path());
        return copy;
    }

    private void assertRefused(RunFolder other, String... words) {
        Path out = parent.resolve("refused");
        for (List<Path> order : List.of(List.of(whole.path(), other.path()), List.of(other.path(), whole.path()))) {
            HarnessException e = assertThrows(HarnessException.class, () -> Merge.merge(order, out));
            for (String word : words) {
                assertTrue(e.getMessage().contains(word), word + " is not in " + e.getMessage());
            }
            assertFalse(Files.exists(out));
            assertFalse(Files.exists(parent.resolve(".refused.part")));
        }
    }

    @Test
    void contradictionsAreRefusedWithBothFilesAndLines() throws IOException {
        RunFolder row = other("row", "1.0000001", "1.0000002");
        assertRefused(
                row,
                "actual is '1.000000",
                whole.file(RunFolder.CASES) + ", line 2",
                row.file(RunFolder.CASES) + ", line 2");
        RunFolder time = other("time", "119.25", "119.5");
        assertEquals(Files.readString(whole.file(RunFolder.CASES)), Files.readString(time.file(RunFolder.CASES)));
        assertRefused(
                time,
                "p99 is '119.",
                whole.file(RunFolder.TIMING) + ", line 2",
                time.file(RunFolder.TIMING) + ", line 2");
    }

    @Test
    void whatDoesNotBelongTogetherIsRefused() throws IOException {
        assertRefused(other("rules", "2:00ff", "3:00ff"), "rule_constants is '", "manifest.json; ");
        assertRefused(other("mode", "QUICK", "RELEASE"), "settings are {", "plan.json; ");
        assertRefused(other("machine", "amd-epyc-0cc84da9616f", "h100-000000000000"), "hw_class_id is '", "env.json");
        assertRefused(other("device", "of cpu", "of gpu"), "device of cpu is '", "env.json");
        assertRefused(other("why", "a size", "another size"), "the plans contradict each other", "plan.json, line ");
        String smoke = dev.assay.results.Json.sha256("smoke");
        assertRefused(
                other("suite", smoke, smoke.replace('0', '1').replace('5', '6')),
                "suite 'smoke' has SHA-256",
                "plan.json; ");
    }

    @Test
    void softwareThatDiffersIsListed() throws IOException {
        RunFolder newer = other("newer", "Linux 6.1", "Linux 6.18");
        Path out = parent.resolve("out");
        Merge.merge(List.of(newer.path(), whole.path()), out);
        assertEquals(
                Map.of("os", "Linux 6.1 | Linux 6.18"),
                RunFolder.of(out).readEnvironment().get("software"));
    }

    @Test
    void spoiledFolderAndTakenPlaceAreRefused() throws IOException {
        RunFolder spoiled = TestRun.copy(whole, parent.resolve("spoiled"));
        Files.delete(spoiled.file(RunFolder.TIMING));
        assertThrows(
                VerificationException.class,
                () -> Merge.merge(List.of(whole.path(), spoiled.path()), parent.resolve("out")));
        Path taken = Files.createDirectory(parent.resolve("taken"));
        assertThrows(HarnessException.class, () -> Merge.merge(List.of(whole.path()), taken));
    }

    @Test
    void killedMergeLeavesNoFolderOrTheWholeOne() throws IOException {
        RunFolder small = TestRun.finished(
                parent.resolve("small"), TestRun.plan(List.of(TestRun.CPU), List.of(TestRun.planned("smoke", 4))));
        Map<String, String> expected = merged("expected", List.of(small.path()));
        Path watched = Files.createDirectory(parent.resolve("watched"));
        Snapshots snapshots = new Snapshots(watched, parent.resolve("shots"));
        Merge.merge(List.of(small.path()), watched.resolve("out"), new Disk(snapshots));
        assertTrue(snapshots.taken().size() > 20, "only " + snapshots.taken().size());
        for (Path shot : snapshots.taken()) {
            Path out = shot.resolve("out");
            if (Files.exists(out)) {
                assertEquals(expected, contents(out));
                assertTrue(Verification.of(shot).getFirst().isSound());
            } else {
                assertFalse(Verification.of(shot).getFirst().isSound(), shot.toString());
                Merge.merge(List.of(small.path()), out);
                assertEquals(expected, contents(out));
                assertTrue(Verification.of(shot).stream().allMatch(Verified::isSound), shot.toString());
            }
        }
    }
}
