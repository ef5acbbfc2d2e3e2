package dev.assay.results;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a journal amounts to so far: the last row of every case, the rounds, the timings, the samples.
public final class JournalState {
    private final Map<RowKey, CaseRow> rows = new LinkedHashMap<>();
    private final Map<RowKey, SortedMap<Integer, TimedRound>> rounds = new LinkedHashMap<>();
    private final Map<RowKey, List<TimingRow>> timings = new LinkedHashMap<>();
    private final Map<RowKey, List<SampleRow>> samples = new LinkedHashMap<>();
    private final Map<RowKey, List<ScorecardRow>> scorecards = new LinkedHashMap<>();

    /// One case in one round.
    ///
    /// @param facts what else the round's times depend on
    public record TimedRound(List<SampleRow> samples, Map<String, String> facts) {
        public TimedRound {
            samples = List.copyOf(samples);
            facts = Map.copyOf(facts);
        }
    }

    public static JournalState of(List<Event> events) {
        JournalState state = new JournalState();
        events.forEach(state::take);
        return state;
    }

    /// Takes one more event into account.
    public void take(Event event) {
        CaseRow row = event.row();
        if (event.type().equals(Event.CASE_FINISHED) && row != null) {
            rows.put(row.key(), row);
            if (event.scorecard() != null && !event.scorecard().isEmpty()) {
                // A row that takes the place of another after timing brings none, and the outputs are the same.
                scorecards.put(row.key(), event.scorecard());
            }
            if (row.verdict() != Verdict.PASS) {
                // A case that failed after all keeps no timing: only what is proved is timed.
                rounds.remove(row.key());
                timings.remove(row.key());
                samples.remove(row.key());
            }
        }
        List<SampleRow> round = event.samples();
        if (event.type().equals(Event.ROUND_TIMED) && round != null && !round.isEmpty()) {
            SampleRow first = round.getFirst();
            if (hasPassed(first.key())) {
                Map<String, String> facts = event.facts() == null ? Map.of() : event.facts();
                rounds.computeIfAbsent(first.key(), key -> new TreeMap<>())
                        .put(first.round(), new TimedRound(round, facts));
            }
        }
        if (event.type().equals(Event.TIMING_FINISHED)) {
            List<TimingRow> timed = event.timings() == null ? List.of() : event.timings();
            List<SampleRow> taken = event.samples() == null ? List.of() : event.samples();
            timed.stream()
                    .map(TimingRow::key)
                    .findFirst()
                    .filter(this::hasPassed)
                    .ifPresent(key -> {
                        timings.put(key, timed);
                        samples.put(key, taken.isEmpty() ? ofRounds(key) : taken);
                    });
        }
    }

    private List<SampleRow> ofRounds(RowKey key) {
        List<SampleRow> all = new ArrayList<>();
        rounds(key).values().forEach(round -> all.addAll(round.samples()));
        return all;
    }

    /// What was timed of a case so far, by number of the round.
    public SortedMap<Integer, TimedRound> rounds(RowKey key) {
        return rounds.getOrDefault(key, Collections.emptySortedMap());
    }

    private boolean hasPassed(RowKey key) {
        CaseRow row = rows.get(key);
        return row != null && row.verdict() == Verdict.PASS;
    }

    public boolean has(RowKey key) {
        return rows.containsKey(key);
    }

    public boolean isTimed(RowKey key) {
        return timings.containsKey(key);
    }

    /// The row of a case; throws IllegalStateException if it has none yet.
    public CaseRow row(RowKey key) {
        CaseRow row = rows.get(key);
        if (row == null) {
            throw new IllegalStateException("no row yet for " + key);
        }
        return row;
    }

    public Collection<CaseRow> rows() {
        return rows.values();
    }

    public List<TimingRow> timings() {
        return flat(timings.values());
    }

    public List<SampleRow> samples() {
        return flat(samples.values());
    }

    public List<ScorecardRow> scorecard() {
        return flat(scorecards.values());
    }

    private static <T> List<T> flat(Collection<List<T>> lists) {
        List<T> all = new ArrayList<>();
        lists.forEach(all::addAll);
        return all;
    }
}
