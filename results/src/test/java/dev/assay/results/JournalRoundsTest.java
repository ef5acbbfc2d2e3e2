package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalRoundsTest {
    private static SampleRow sample(int round, double value) {
        return TestRows.with(TestRows.with(TestRows.SAMPLE, "round", round), "value", value);
    }

    private static Event round(int round, double value) {
        return new Event("x", Event.ROUND_TIMED, null, null, List.of(sample(round, value)), Map.of("turn", "" + round));
    }

    private static Event row(CaseRow row) {
        return new Event("x", Event.CASE_FINISHED, row, null, null, null);
    }

    private static final Event TIMED =
            new Event("x", Event.TIMING_FINISHED, null, List.of(TestRows.TIMED), List.of(), null);

    @Test
    void samplesOfRoundsAreThoseOfTheCaseOnceItIsTimed() {
        JournalState state = JournalState.of(List.of(row(TestRows.PASSED), round(1, 5), round(0, 4)));
        assertEquals(Set.of(0, 1), state.rounds(TestRows.PASSED.key()).keySet());
        assertEquals(List.of(), state.samples(), "not before all rounds are there");
        state.take(TIMED);
        assertEquals(List.of(sample(0, 4), sample(1, 5)), state.samples(), "in the order of their rounds");
    }

    @Test
    void aRoundThatWasTakenAgainCountsOnce() {
        JournalState state =
                JournalState.of(List.of(row(TestRows.PASSED), round(0, 4), round(1, 5), round(0, 6), TIMED));
        assertEquals(List.of(sample(0, 6), sample(1, 5)), state.samples());
    }

    @Test
    void whatFailedAfterAllKeepsNoRound() {
        CaseRow failed = TestRows.with(TestRows.PASSED, "verdict", Verdict.UNSTABLE);
        JournalState state =
                JournalState.of(List.of(row(TestRows.PASSED), round(0, 4), row(failed), round(1, 5), TIMED));
        assertTrue(state.rounds(failed.key()).isEmpty());
        assertTrue(state.samples().isEmpty());
    }

    @Test
    void roundsAreReadAsTheyWereWritten(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("events.ndjson");
        try (Journal journal = Journal.open(file)) {
            journal.caseFinished(TestRows.PASSED);
            journal.roundTimed(List.of(sample(2, 0.1)), Map.of("turn", "3"));
            journal.timingFinished(List.of(TestRows.TIMED), List.of());
        }
        JournalState state = JournalState.of(Journal.read(file));
        assertEquals(
                Map.of("turn", "3"),
                state.rounds(TestRows.PASSED.key()).values().iterator().next().facts());
        assertEquals(List.of(sample(2, 0.1)), state.samples());
        assertEquals(List.of(TestRows.TIMED), state.timings());
    }
}
