package dev.assay.engine.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.engine.timing.Effort;
import dev.assay.engine.training.TrainingRequest;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the harness asks a worker to do.
///
/// @param type see the constants
/// @param backend for [#OPEN]
/// @param planned for [#VERIFY], [#TIME] and [#SUPPORT]
/// @param effort for [#TIME]
/// @param round for [#TIME]
/// @param verified for [#TIME]: digest of the outputs that passed
/// @param scorecard for [#VERIFY]: whether published criteria are asked too
/// @param fullReference for [#OPEN]: whether references of any size are computed
/// @param isolate for [#OPEN]: whether the backend runs in a further process
/// @param trace for [#VERIFY]: folder for what a case that does not pass was made of
/// @param cold for [#TIME]: whether the case is also timed with other data in the caches
/// @param training for [#TRAIN]
/// @param limitMillis for [#VERIFY], [#TIME], [#SUPPORT] and [#TRAIN]: for what the backend does, where it runs in a
/// further
/// process
@JsonInclude(JsonInclude.Include.NON_NULL)
record WorkerCommand(
        String type,
        @Nullable BackendRef backend,
        @Nullable PlannedCase planned,
        @Nullable Effort effort,
        @Nullable Integer round,
        @Nullable String verified,
        @Nullable Boolean scorecard,
        @Nullable Boolean fullReference,
        @Nullable Boolean isolate,
        @Nullable String trace,
        @Nullable Boolean cold,
        @Nullable TrainingRequest training,
        @Nullable Long limitMillis) {
    static final String OPEN = "open";
    static final String VERIFY = "verify";
    static final String TIME = "time";
    static final String SUPPORT = "support";
    static final String TRAIN = "train";

    static WorkerCommand open(BackendRef backend, boolean fullReference, boolean isolate) {
        return new WorkerCommand(
                OPEN, backend, null, null, null, null, null, fullReference, isolate, null, null, null, null);
    }

    static WorkerCommand verify(PlannedCase planned, Duration limit, boolean scorecard, Optional<Path> trace) {
        String folder = trace.map(Path::toString).orElse(null);
        return new WorkerCommand(
                VERIFY, null, planned, null, null, null, scorecard, null, null, folder, null, null, limit.toMillis());
    }

    static WorkerCommand time(
            PlannedCase planned, Duration limit, Effort effort, boolean cold, int round, String verified) {
        return new WorkerCommand(
                TIME, null, planned, effort, round, verified, null, null, null, null, cold, null, limit.toMillis());
    }

    static WorkerCommand support(PlannedCase planned, Duration limit) {
        return new WorkerCommand(
                SUPPORT, null, planned, null, null, null, null, null, null, null, null, null, limit.toMillis());
    }

    static WorkerCommand train(TrainingRequest training, Duration limit) {
        return new WorkerCommand(
                TRAIN, null, null, null, null, null, null, null, null, null, null, training, limit.toMillis());
    }
}
