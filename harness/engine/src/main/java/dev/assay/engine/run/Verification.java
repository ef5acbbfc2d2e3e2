package dev.assay.engine.run;

import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.run.BackendWorker.Answer;
import dev.assay.engine.run.Rows.Stack;
import dev.assay.results.CaseRow;
import dev.assay.results.Event;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RunFolder;
import dev.assay.results.ScorecardRow;
import dev.assay.results.Verdict;
import dev.assay.worker.WorkerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Gives every case of a plan, on every backend of it, its row, in one worker per backend that is replaced when it
/// crashes or hangs.
final class Verification implements AutoCloseable {
    /// A worker that watches a process of its own for the time limit is itself watched a little longer.
    static final Duration GRACE = Duration.ofSeconds(5);

    private final Arm arm;
    private final Map<BackendRef, BackendWorker> verifiers = new ConcurrentHashMap<>();

    Verification(Arm arm) {
        this.arm = arm;
    }

    /// What the journal does not hold yet.
    void run() throws IOException, InterruptedException {
        List<Task> tasks = new ArrayList<>();
        for (BackendRef backend : arm.plan().backends()) {
            for (PlannedCase planned : arm.plan().cases()) {
                Task task = new Task(planned, backend);
                if (!arm.state().has(task.key())) {
                    tasks.add(task);
                }
            }
        }
        double estimate =
                tasks.stream().mapToDouble(task -> cost(task.planned())).sum();
        arm.listener().phase("verify", tasks.size(), estimate);
        openAll(tasks);
        for (int i = 0; i < tasks.size(); i++) {
            Task task = tasks.get(i);
            Verified verified = verify(task);
            arm.finish(verified.row(), verified.scorecard());
            arm.listener().step(task.label(), cost(task.planned()));
            boolean last = i + 1 == tasks.size() || !tasks.get(i + 1).backend().equals(task.backend());
            if (last) {
                release(task.backend());
            }
        }
        close();
    }

    /// Ends the worker of a backend whose cases are done: what it holds is memory that the next one may need.
    private void release(BackendRef backend) {
        BackendWorker done = verifiers.remove(backend);
        if (done != null) {
            done.close();
        }
    }

    private static double cost(PlannedCase planned) {
        return planned.announced() == null ? planned.estimateMs() : 0;
    }

    /// Opens every backend before the first case, so that one that cannot be opened costs nobody's time.
    private void openAll(List<Task> tasks) throws InterruptedException {
        for (BackendRef backend : arm.plan().backends()) {
            boolean needed = tasks.stream().anyMatch(task -> task.backend().equals(backend) && needsWorker(task));
            if (needed) {
                BackendWorker worker = arm.open(backend);
                verifiers.put(backend, worker);
                arm.listener().opened(backend, worker.facts());
            }
        }
    }

    private static boolean needsWorker(Task task) {
        return task.planned().announced() == null
                && CaseSpec.parse(task.planned().spec()).known() == null;
    }

    /// A row, and what published criteria say of the same outputs if they were asked.
    private record Verified(CaseRow row, List<ScorecardRow> scorecard) {
        Verified(CaseRow row) {
            this(row, List.of());
        }
    }

    /// The row of a case. One that ended a process is tried once more, in a fresh one: the fault may have been that of
    /// an
    /// earlier case, or somebody killed the process from outside. A case that does it twice is left alone.
    private Verified verify(Task task) throws IOException, InterruptedException {
        Verified first = attempt(task);
        if (first.row().verdict() != Verdict.CRASH) {
            return first;
        }
        String how = first.row().reason();
        arm.note(Event.WORKER_ENDED, Map.of("backend", task.backend().id(), "how", how));
        Verified second = attempt(task);
        return new Verified(secondTime(first.row(), second.row()), second.scorecard());
    }

    /// What to make of a case that ended its process at first.
    private static CaseRow secondTime(CaseRow first, CaseRow second) {
        if (second.verdict() == Verdict.CRASH) {
            return Rows.amended(second, Verdict.CRASH, "", second.reason() + "; tried twice");
        }
        if (WorkerProcess.wasKilled(first.reason())) {
            return second;
        }
        String told = "at first its process ended: " + first.reason();
        return second.verdict() == Verdict.PASS
                ? Rows.amended(second, Verdict.UNSTABLE, "repetition", told + "; a second attempt passed")
                : Rows.amended(second, second.verdict(), second.layer(), second.reason() + "; " + told);
    }

    private Verified attempt(Task task) throws IOException, InterruptedException {
        PlannedCase planned = task.planned();
        Stack nobody = Stack.unknown(task.backend());
        if (planned.announced() != null) {
            return new Verified(Rows.plain(planned, nobody, Verdict.NOT_RUN, "", planned.announced()));
        }
        CaseSpec.@Nullable Known known = CaseSpec.parse(planned.spec()).known();
        if (known != null) {
            return new Verified(Rows.plain(planned, nobody, known.verdict(), "", known.reason()));
        }
        BackendWorker worker = verifiers.get(task.backend());
        if (worker == null) {
            try {
                worker = arm.open(task.backend());
            } catch (PluginException e) {
                return new Verified(Rows.plain(planned, nobody, Verdict.ERROR, "", e.oneLine()));
            }
            verifiers.put(task.backend(), worker);
        }
        Duration limit = arm.limit(planned);
        Answer answer = worker.ask(
                WorkerCommand.verify(planned, limit, arm.settings().scorecard(), trace(task)), limit.plus(GRACE));
        return switch (answer) {
            case Answer.Reply(WorkerReply reply)
            when reply.row() != null -> {
                CaseRow row = reply.row();
                if (row.verdict() == Verdict.OUT_OF_MEMORY) {
                    worker.close();
                    verifiers.remove(task.backend());
                }
                yield new Verified(row, reply.scorecard() == null ? List.of() : reply.scorecard());
            }
            case Answer.Reply ignored -> lost(task, worker, Verdict.ERROR, "the worker answered without a row");
            case Answer.TimedOut ignored ->
                lost(task, worker, Verdict.TIMEOUT, "no answer within " + limit.toSeconds() + " s");
            case Answer.Crashed(String how) -> lost(task, worker, Verdict.CRASH, how);
        };
    }

    /// A row for a case whose worker is gone; the next case gets a fresh one.
    private Verified lost(Task task, BackendWorker worker, Verdict verdict, String how) throws IOException {
        verifiers.remove(task.backend());
        if (verdict != Verdict.CRASH) {
            arm.note(Event.WORKER_ENDED, Map.of("backend", task.backend().id(), "how", how));
        }
        return new Verified(Rows.plain(task.planned(), worker.stack(), verdict, "", how));
    }

    /// Where to write down what a case was made of.
    private Optional<Path> trace(Task task) {
        if (!arm.settings().trace()) {
            return Optional.empty();
        }
        String backend = task.backend().label().replaceAll("[^A-Za-z0-9.=_-]", "_");
        return Optional.of(arm.folder()
                .file(RunFolder.TRACE)
                .resolve(backend)
                .resolve(task.planned().caseHash())
                .toAbsolutePath());
    }

    @Override
    public void close() {
        verifiers.values().forEach(BackendWorker::close);
        verifiers.clear();
    }
}
