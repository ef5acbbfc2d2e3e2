package dev.assay.engine.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.engine.timing.Sample;
import dev.assay.engine.timing.TimingSummary.Peaks;
import dev.assay.results.CaseRow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a worker answers.
///
/// @param device for an opened backend: its model
/// @param version for an opened backend: the plugin's version
/// @param row for a verified case; for a timed one only if it failed after all
/// @param samples for a timed case
/// @param peaks for a timed case
/// @param prepareNanos for a timed case
/// @param problem why a backend did not open
@JsonInclude(JsonInclude.Include.NON_NULL)
record WorkerReply(
        @Nullable String device,
        @Nullable String version,
        @Nullable CaseRow row,
        @Nullable List<Sample> samples,
        @Nullable Peaks peaks,
        @Nullable Long prepareNanos,
        @Nullable String problem) {

    static WorkerReply opened(String device, String version) {
        return new WorkerReply(device, version, null, null, null, null, null);
    }

    static WorkerReply notOpened(String problem) {
        return new WorkerReply(null, null, null, null, null, null, problem);
    }

    static WorkerReply verified(CaseRow row) {
        return new WorkerReply(null, null, row, null, null, null, null);
    }

    static WorkerReply timed(List<Sample> samples, Peaks peaks, long prepareNanos) {
        return new WorkerReply(null, null, null, samples, peaks, prepareNanos, null);
    }
}
