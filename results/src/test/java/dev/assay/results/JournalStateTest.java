package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalStateTest {

    private static Event finished(CaseRow row) {
        return new Event("2026-11-22T00:00:00Z", Event.CASE_FINISHED, row, null, null, null);
    }

    private static Event timed(String caseId) {
        return new Event(
                "2026-11-22T00:00:00Z",
                Event.TIMING_FINISHED,
                null,
                TestRows.timed(caseId),
                TestRows.sampled(caseId),
                null);
    }

    private static CaseRow failed(String caseId, Verdict verdict) {
        return TestRows.with(TestRows.passed(caseId), "verdict", verdict);
    }

    @Test
    void emptyJournalHasNothing() {
        JournalState state = JournalState.of(List.of());
        assertTrue(state.rows().isEmpty());
        assertTrue(state.timings().isEmpty());
        assertTrue(state.samples().isEmpty());
        assertFalse(state.has(TestRows.PASSED.key()));
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> state.row(TestRows.PASSED.key()));
        assertTrue(String.valueOf(e.getMessage()).contains("acme-npu"));
    }

    @Test
    void lastRowOfACaseCounts() {
        CaseRow failed = failed("a", Verdict.FAIL);
        JournalState state = JournalState.of(
                List.of(finished(TestRows.passed("a")), finished(TestRows.passed("b")), finished(failed)));
        assertEquals(2, state.rows().size());
        assertEquals(failed, state.row(failed.key()));
    }

    @Test
    void everyPartOfTheKeyTellsRowsApart() {
        List<Event> events = new ArrayList<>();
        events.add(finished(TestRows.PASSED));
        for (String part : List.of("suite", "caseId", "backend", "backendOptions")) {
            events.add(finished(TestRows.with(TestRows.PASSED, part, "other")));
        }
        events.add(finished(TestRows.with(TestRows.PASSED, "seed", 7L)));
        assertEquals(6, JournalState.of(events).rows().size());
        events.add(finished(TestRows.with(TestRows.PASSED, "device", "other")));
        assertEquals(6, JournalState.of(events).rows().size(), "a device is no part of the key");
    }

    @Test
    void timingsAndSamplesOfAPassedCaseAreKept() {
        JournalState state = JournalState.of(List.of(finished(TestRows.passed("a")), timed("a")));
        assertTrue(state.isTimed(TestRows.passed("a").key()));
        assertEquals(TestRows.timed("a"), state.timings());
        assertEquals(TestRows.sampled("a"), state.samples());
    }

    @Test
    void laterTimingTakesThePlaceOfTheFirst() {
        List<TimingRow> second = List.of(TestRows.with(TestRows.timed("a").getFirst(), "p50", 7.0));
        JournalState state = JournalState.of(List.of(
                finished(TestRows.passed("a")),
                timed("a"),
                new Event("x", Event.TIMING_FINISHED, null, second, List.of(TestRows.SAMPLE), null)));
        assertEquals(second, state.timings());
        assertEquals(List.of(TestRows.SAMPLE), state.samples());
    }

    @ParameterizedTest
    @EnumSource(value = Verdict.class, names = "PASS", mode = EnumSource.Mode.EXCLUDE)
    void onlyWhatPassedKeepsATiming(Verdict verdict) {
        JournalState state =
                JournalState.of(List.of(finished(TestRows.passed("a")), timed("a"), finished(failed("a", verdict))));
        assertFalse(state.isTimed(TestRows.passed("a").key()));
        assertTrue(state.timings().isEmpty());
        assertTrue(state.samples().isEmpty());
        state.take(timed("a"));
        assertTrue(state.timings().isEmpty(), "not even one that is told of afterwards");
        assertTrue(state.samples().isEmpty());
        assertTrue(JournalState.of(List.of(timed("a"))).timings().isEmpty(), "nor one of a case without a row");
    }

    private static Event scored(CaseRow row) {
        return new Event("x", Event.CASE_FINISHED, row, null, null, TestRows.scored(row.caseId()), null);
    }

    @Test
    void aScorecardStaysWhenTheRowOfItsCaseIsReplaced() {
        CaseRow unstable = failed("a", Verdict.UNSTABLE);
        JournalState state = JournalState.of(
                List.of(scored(TestRows.passed("a")), finished(TestRows.passed("b")), finished(unstable)));
        assertEquals(TestRows.scored("a"), state.scorecard());
        assertEquals(unstable, state.row(unstable.key()));
    }

    @Test
    void aSecondScorecardOfACaseTakesThePlaceOfTheFirst() {
        JournalState state = JournalState.of(List.of(scored(TestRows.passed("a")), scored(TestRows.passed("a"))));
        assertEquals(TestRows.scored("a"), state.scorecard());
    }

    @Test
    void otherEventsChangeNothing() {
        JournalState state = JournalState.of(List.of(
                new Event("x", Event.RUN_STARTED, null, null, null, Map.of("rows", "0")),
                finished(TestRows.passed("a")),
                new Event("x", Event.WORKER_ENDED, TestRows.passed("b"), null, null, null),
                new Event("x", Event.TIMING_FINISHED, null, null, null, null),
                new Event("x", "of a later version", null, TestRows.timed("a"), null, null)));
        assertEquals(List.of(TestRows.passed("a")), List.copyOf(state.rows()));
        assertTrue(state.timings().isEmpty());
    }

    // Whatever happens in a run that is killed and resumed again and again: one row per case, timings only of passes.
    @Test
    void anyHistoryLeavesOneRowPerCase() {
        Random random = new Random(20261122);
        List<Verdict> all = List.of(Verdict.values());
        for (int round = 0; round < 300; round++) {
            JournalState state = new JournalState();
            Map<RowKey, CaseRow> last = new java.util.HashMap<>();
            for (int i = random.nextInt(30); i > 0; i--) {
                String id = "c" + random.nextInt(5);
                if (random.nextInt(3) == 0) {
                    state.take(timed(id));
                } else {
                    Verdict verdict = random.nextBoolean() ? Verdict.PASS : all.get(random.nextInt(all.size()));
                    CaseRow row = failed(id, verdict);
                    state.take(finished(row));
                    last.put(row.key(), row);
                }
            }
            assertEquals(new HashSet<>(last.values()), new HashSet<>(state.rows()));
            assertEquals(last.size(), state.rows().size());
            for (TimingRow timing : state.timings()) {
                assertEquals(Verdict.PASS, state.row(timing.key()).verdict());
            }
            assertEquals(2 * state.timings().size(), state.samples().size());
        }
    }
}
