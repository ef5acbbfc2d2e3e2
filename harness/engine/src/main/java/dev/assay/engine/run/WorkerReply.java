package dev.assay.engine.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.engine.timing.Sample;
import dev.assay.engine.timing.TimingSummary.Peaks;
import dev.assay.engine.training.TrainingReply;
import dev.assay.results.CaseRow;
import dev.assay.results.ScorecardRow;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a worker answers.
///
/// @param facts for an opened backend: what it told about itself, see [BackendWorker#facts]
/// @param row for a verified case; for a timed one only if it failed after all
/// @param scorecard for a verified case, if it was asked for
/// @param samples for a timed case
/// @param peaks for a timed case
/// @param prepareNanos for a timed case
/// @param problem why a backend did not open
/// @param support for a call that was asked about
/// @param training for steps of a training
@JsonInclude(JsonInclude.Include.NON_NULL)
record WorkerReply(
        @Nullable Map<String, String> facts,
        @Nullable CaseRow row,
        @Nullable List<ScorecardRow> scorecard,
        @Nullable List<Sample> samples,
        @Nullable Peaks peaks,
        @Nullable Long prepareNanos,
        @Nullable String problem,
        @Nullable SupportReply support,
        @Nullable TrainingReply training) {

    static WorkerReply opened(Map<String, String> facts) {
        return new WorkerReply(facts, null, null, null, null, null, null, null, null);
    }

    static WorkerReply asked(SupportReply support) {
        return new WorkerReply(null, null, null, null, null, null, null, support, null);
    }

    static WorkerReply notOpened(String problem) {
        return new WorkerReply(null, null, null, null, null, null, problem, null, null);
    }

    static WorkerReply verified(CaseRow row) {
        return verified(row, List.of());
    }

    static WorkerReply verified(CaseRow row, List<ScorecardRow> scorecard) {
        return new WorkerReply(null, row, scorecard.isEmpty() ? null : scorecard, null, null, null, null, null, null);
    }

    static WorkerReply timed(List<Sample> samples, Peaks peaks, long prepareNanos) {
        return new WorkerReply(null, null, null, samples, peaks, prepareNanos, null, null, null);
    }

    static WorkerReply trained(TrainingReply training) {
        return new WorkerReply(null, null, null, null, null, null, null, null, training);
    }
}
