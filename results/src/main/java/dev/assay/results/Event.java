package dev.assay.results;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A line of `events.ndjson`: something that happened in a run.
///
/// @param at UTC, ISO 8601
/// @param type see the constants
/// @param row for [#CASE_FINISHED]: the row; a later one for the same key takes its place
/// @param timings for [#TIMING_FINISHED]
/// @param samples for [#ROUND_TIMED]: of one case in one round; for [#TIMING_FINISHED] in journals without rounds
/// @param scorecard for [#CASE_FINISHED]: what published criteria say, if they were asked
/// @param facts anything else worth knowing, as text
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Event(
        String at,
        String type,
        @Nullable CaseRow row,
        @Nullable List<TimingRow> timings,
        @Nullable List<SampleRow> samples,
        @Nullable List<ScorecardRow> scorecard,
        @Nullable Map<String, String> facts) {
    public static final String RUN_STARTED = "run_started";
    public static final String RUN_RESUMED = "run_resumed";
    public static final String RUN_FINISHED = "run_finished";
    public static final String CASE_FINISHED = "case_finished";
    /// One case was timed in one round; a later one for the same case and round takes its place.
    public static final String ROUND_TIMED = "round_timed";
    /// A round was thrown away and is taken again; the facts say why.
    public static final String ROUND_INVALID = "round_invalid";
    /// Two arms can no longer have a worker each at the same time; the facts say why.
    public static final String ARMS_APART = "arms_apart";

    public static final String TIMING_FINISHED = "timing_finished";
    public static final String WORKER_STARTED = "worker_started";
    public static final String WORKER_ENDED = "worker_ended";

    @JsonCreator
    public Event {
        if (type.equals(CASE_FINISHED) && row == null) {
            throw new IllegalArgumentException(CASE_FINISHED + " without a row");
        }
    }

    /// An event without a scorecard.
    public Event(
            String at,
            String type,
            @Nullable CaseRow row,
            @Nullable List<TimingRow> timings,
            @Nullable List<SampleRow> samples,
            @Nullable Map<String, String> facts) {
        this(at, type, row, timings, samples, null, facts);
    }
}
