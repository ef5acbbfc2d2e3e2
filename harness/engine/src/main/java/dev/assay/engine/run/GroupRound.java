package dev.assay.engine.run;

import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.run.BackendWorker.Answer;
import dev.assay.engine.timing.Effort;
import dev.assay.engine.timing.TimingSummary;
import dev.assay.engine.timing.TimingSummary.Peaks;
import dev.assay.results.CaseRow;
import dev.assay.results.Event;
import dev.assay.results.JournalState.TimedRound;
import dev.assay.results.Verdict;
import dev.assay.worker.WorkerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One round of one group in one arm: its cases in a fresh worker.
///
/// A case that fails gets its row at once; the times of the others are handed back, to be kept or thrown away.
final class GroupRound implements AutoCloseable {
    /// Flushing caches takes longer than most runs, and the limit is for both.
    private static final int PATIENCE_COLD = 4;

    private static final int PATIENCE_WARM = 2;

    private final Arm arm;
    private final int round;
    private final Map<Task, TimedRound> taken = new LinkedHashMap<>();
    private @Nullable BackendWorker worker;

    GroupRound(Arm arm, int round) {
        this.arm = arm;
        this.round = round;
    }

    /// Times all cases of a group, one after the other.
    void time(List<Task> group) throws IOException, InterruptedException {
        try {
            for (Task task : group) {
                time(task);
            }
        } catch (PluginException e) {
            // It opened when its cases were verified; that it does not now is a result, not the end of the run.
            for (Task task : group) {
                if (arm.passed(task)) {
                    amend(task, Verdict.ERROR, "", "while it was timed: " + e.oneLine());
                }
            }
        }
    }

    /// Times one case. Throws [PluginException] if there is no worker yet, and none can be opened.
    void time(Task task) throws IOException, InterruptedException {
        Attempt attempt = Attempt.again("");
        for (int tried = 0; tried < 2 && attempt.again(); tried++) {
            BackendWorker at = worker == null ? arm.open(task.backend()) : worker;
            worker = at;
            attempt = time(task, at, attempt);
            worker = attempt.alive() ? at : null;
        }
    }

    /// Times of the cases that still pass, by case, with what they depend on: see [TimedFacts].
    Map<Task, TimedRound> taken() {
        taken.keySet().removeIf(task -> !arm.passed(task));
        return taken;
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
    }

    private void amend(Task task, Verdict verdict, String layer, String reason) throws IOException {
        arm.finish(Rows.amended(arm.state().row(task.key()), verdict, layer, reason));
    }

    /// How an attempt to time a case ended.
    ///
    /// @param alive whether the worker can be used on
    /// @param again whether the case has to be tried once more
    /// @param how the process ended in the attempt before, or empty text
    private record Attempt(boolean alive, boolean again, String how) {
        static Attempt again(String how) {
            return new Attempt(false, true, how);
        }

        static Attempt over(boolean alive) {
            return new Attempt(alive, false, "");
        }
    }

    private Attempt time(Task task, BackendWorker worker, Attempt before) throws IOException, InterruptedException {
        CaseRow row = arm.state().row(task.key());
        Effort effort = arm.settings().mode() == Mode.RELEASE ? Effort.RELEASE : Effort.QUICK;
        boolean cold = arm.settings().timing().cold();
        Duration limit = arm.limit(task.planned()).multipliedBy(cold ? PATIENCE_COLD : PATIENCE_WARM);
        WorkerCommand command = WorkerCommand.time(task.planned(), limit, effort, cold, round, row.outputSha256());
        Answer answer = worker.ask(command, limit.plus(Verification.GRACE));
        return switch (answer) {
            case Answer.Reply(WorkerReply reply)
            when reply.row() != null && reply.row().verdict() == Verdict.CRASH ->
                crashed(task, reply.row().reason(), before, true);
            case Answer.Reply(WorkerReply reply) -> {
                boolean enoughMemory = take(task, reply);
                if (!enoughMemory) {
                    worker.close();
                } else if (arm.passed(task) && !before.how().isEmpty() && !WorkerProcess.wasKilled(before.how())) {
                    amend(
                            task,
                            Verdict.UNSTABLE,
                            "repetition",
                            "its process ended while it was timed: " + before.how() + "; a second attempt went well");
                }
                yield Attempt.over(enoughMemory);
            }
            case Answer.TimedOut ignored -> {
                amend(task, Verdict.TIMEOUT, "", "hung while it was timed");
                yield Attempt.over(false);
            }
            case Answer.Crashed(String how) -> crashed(task, how, before, false);
        };
    }

    private Attempt crashed(Task task, String how, Attempt before, boolean alive) throws IOException {
        arm.note(Event.WORKER_ENDED, Map.of("backend", task.backend().id(), "how", how));
        if (before.how().isEmpty()) {
            return new Attempt(alive, true, how);
        }
        amend(task, Verdict.CRASH, "", "while it was timed: " + how + "; tried twice");
        return Attempt.over(alive);
    }

    private boolean take(Task task, WorkerReply reply) throws IOException {
        CaseRow failed = reply.row();
        if (failed != null) {
            amend(task, failed.verdict(), failed.layer(), failed.reason());
            return failed.verdict() != Verdict.OUT_OF_MEMORY;
        }
        Peaks peaks = reply.peaks();
        if (reply.samples() == null || peaks == null) {
            amend(task, Verdict.ERROR, "", "while it was timed: the worker answered without samples");
            return true;
        }
        long prepareNanos = reply.prepareNanos() == null ? 0 : reply.prepareNanos();
        taken.put(
                task,
                new TimedRound(
                        TimingSummary.sampleRows(task.planned(), task.backend(), reply.samples()),
                        TimedFacts.of(peaks, prepareNanos)));
        return true;
    }
}
