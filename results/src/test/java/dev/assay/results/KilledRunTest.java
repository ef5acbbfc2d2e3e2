package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.store.Snapshots;
import dev.assay.results.store.TestRun;
import dev.assay.results.store.Verification;
import dev.assay.results.store.Verified;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledRunTest {
    @TempDir
    Path parent;

    private RunFolder begun() throws IOException {
        return TestRun.planned(
                parent.resolve("runs"),
                TestRun.plan(List.of(TestRun.CPU), List.of(TestRun.planned("smoke", 4), TestRun.planned("smoke", 66))));
    }

    // Whatever step the tables are being written at, what is left is unfinished and says so, and going on ends well.
    @Test
    void killedWhileTheTablesAreWritten() throws IOException {
        RunFolder run = begun();
        JournalState state = TestRun.execute(run, key -> true);
        TestRun.finish(run, state);
        // Once more over tables that are there, as after --resume.
        TestRun.execute(run, key -> false);
        Snapshots snapshots = new Snapshots(run.path(), parent.resolve("shots"));
        TestRun.finish(run.through(new Disk(snapshots)), state);
        assertTrue(Verification.of(run.path()).getFirst().isSound());
        assertTrue(snapshots.taken().size() > 20, "only " + snapshots.taken().size());
        for (Path shot : snapshots.taken()) {
            Verified found = Verification.of(shot).getFirst();
            boolean isWhole = Files.exists(shot.resolve(RunFolder.SUMS));
            assertEquals(isWhole, found.isSound(), shot + ": " + found.problems());
            if (!isWhole) {
                assertTrue(found.problems().toString().contains("run --resume " + shot), found.toString());
                assertTrue(found.summary().startsWith("2 of 2 planned"), found.summary());
                TestRun.finish(RunFolder.of(shot), state);
                assertTrue(Verification.of(shot).getFirst().isSound(), shot.toString());
            }
        }
    }

    // A journal that ends anywhere, as a killed process leaves it.
    @Test
    void killedWhileTheJournalIsWritten() throws IOException {
        RunFolder run = begun();
        TestRun.execute(run, key -> true);
        byte[] whole = Files.readAllBytes(run.file(RunFolder.EVENTS));
        for (int length = 0; length < whole.length; length += 97) {
            Files.write(run.file(RunFolder.EVENTS), java.util.Arrays.copyOf(whole, length));
            Verified found = Verification.of(run.path()).getFirst();
            assertFalse(found.isSound());
            boolean cut = length > 0 && whole[length - 1] != '\n';
            assertEquals(cut, found.problems().toString().contains("the last line has no end"), "at " + length);
            JournalState state = TestRun.execute(run, key -> true);
            TestRun.finish(run, state);
            assertEquals(List.of(), Verification.of(run.path()).getFirst().problems(), "at " + length);
        }
    }
}
