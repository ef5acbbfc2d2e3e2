package dev.assay.engine.run;

import dev.assay.backend.Call;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.run.BackendWorker.Answer;
import dev.assay.engine.run.Rows.Stack;
import dev.assay.engine.timing.Effort;
import dev.assay.engine.timing.Sample;
import dev.assay.engine.timing.TimingSummary;
import dev.assay.operator.Operators;
import dev.assay.results.CaseRow;
import dev.assay.results.Event;
import dev.assay.results.Journal;
import dev.assay.results.JournalState;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import dev.assay.results.ScorecardRow;
import dev.assay.results.Verdict;
import dev.assay.worker.WorkerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Runs a plan to its end: every case of it, on every backend of it, gets exactly one row.
///
/// First everything is verified, in one worker per backend that is replaced when it crashes or hangs. Then what
/// passed is timed, in a fresh worker for each backend, operator and dtype, so that no operator spoils another's JIT
/// profile. Every finished case is in the journal, on disk, before the next one starts.
public final class Run {
    /// A case may take this much longer than its cost explains before it counts as hung.
    private static final double PATIENCE = 30;

    /// A worker that watches a process of its own for the time limit is itself watched a little longer.
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final PlanFile plan;
    private final RunSettings settings;
    private final Journal journal;
    private final JournalState state;
    private final RunListener listener;
    private final Map<BackendRef, BackendWorker> verifiers = new ConcurrentHashMap<>();

    private Run(PlanFile plan, Journal journal, JournalState state, RunListener listener) {
        this.plan = plan;
        this.settings = RunSettings.of(plan);
        this.journal = journal;
        this.state = state;
        this.listener = listener;
    }

    /// Runs what the folder's plan holds and its journal does not hold yet.
    ///
    /// @return rows, timings and samples of all that is done now
    public static JournalState execute(RunFolder folder, RunListener listener)
            throws IOException, InterruptedException {
        PlanFile plan = folder.readPlan();
        try (Journal journal = Journal.open(folder.file(RunFolder.EVENTS))) {
            JournalState state = JournalState.of(Journal.read(folder.file(RunFolder.EVENTS)));
            boolean resumed = !state.rows().isEmpty();
            journal.note(
                    resumed ? Event.RUN_RESUMED : Event.RUN_STARTED,
                    Map.of("rows", "" + state.rows().size()));
            Run run = new Run(plan, journal, state, listener);
            try {
                run.verifyAll();
                run.timeAll();
            } finally {
                run.verifiers.values().forEach(BackendWorker::close);
            }
            journal.note(Event.RUN_FINISHED, Map.of("rows", "" + state.rows().size()));
            return state;
        }
    }

    private record Task(PlannedCase planned, BackendRef backend) {
        RowKey key() {
            return planned.key(backend);
        }

        String label() {
            return backend.id() + " " + planned.caseId();
        }

        /// What shares a process when it is timed: one backend, one operator, one dtype.
        List<String> group() {
            String first = planned.dtypes().split("[.-]", 2)[0];
            return List.of(backend.id(), backend.options(), planned.operator(), first);
        }
    }

    private void verifyAll() throws IOException, InterruptedException {
        List<Task> tasks = new ArrayList<>();
        for (BackendRef backend : plan.backends()) {
            for (PlannedCase planned : plan.cases()) {
                Task task = new Task(planned, backend);
                if (!state.has(task.key())) {
                    tasks.add(task);
                }
            }
        }
        double estimate =
                tasks.stream().mapToDouble(task -> cost(task.planned())).sum();
        listener.phase("verify", tasks.size(), estimate);
        openAll(tasks);
        for (Task task : tasks) {
            Verified verified = verify(task);
            finish(verified.row(), verified.scorecard());
            listener.step(task.label(), cost(task.planned()));
        }
        verifiers.values().forEach(BackendWorker::close);
        verifiers.clear();
    }

    private static double cost(PlannedCase planned) {
        return planned.announced() == null ? planned.estimateMs() : 0;
    }

    /// Opens every backend before the first case, so that one that cannot be opened costs nobody's time.
    private void openAll(List<Task> tasks) throws InterruptedException {
        for (BackendRef backend : plan.backends()) {
            boolean needed = tasks.stream().anyMatch(task -> task.backend().equals(backend) && needsWorker(task));
            if (needed) {
                BackendWorker worker = open(backend);
                verifiers.put(backend, worker);
                listener.opened(backend, worker.facts());
            }
        }
    }

    private BackendWorker open(BackendRef backend) throws InterruptedException {
        return BackendWorker.open(backend, settings.threads(), settings.fullReference(), settings.isolate());
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

    private void finish(CaseRow row) throws IOException {
        finish(row, List.of());
    }

    private void finish(CaseRow row, List<ScorecardRow> scorecard) throws IOException {
        journal.caseFinished(row, scorecard);
        state.take(new Event("", Event.CASE_FINISHED, row, null, null, scorecard, null));
        listener.row(row);
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
        journal.note(Event.WORKER_ENDED, Map.of("backend", task.backend().id(), "how", how));
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
                worker = open(task.backend());
            } catch (PluginException e) {
                return new Verified(Rows.plain(planned, nobody, Verdict.ERROR, "", e.oneLine()));
            }
            verifiers.put(task.backend(), worker);
        }
        Duration limit = limit(planned);
        Answer answer = worker.ask(WorkerCommand.verify(planned, limit, settings.scorecard()), limit.plus(GRACE));
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
            journal.note(Event.WORKER_ENDED, Map.of("backend", task.backend().id(), "how", how));
        }
        return new Verified(Rows.plain(task.planned(), worker.stack(), verdict, "", how));
    }

    private Duration limit(PlannedCase planned) {
        return Duration.ofSeconds(settings.timeoutSeconds())
                .plus(Duration.ofMillis((long) (PATIENCE * planned.estimateMs())));
    }

    /// Samples of one case over the rounds.
    private static final class Timed {
        final List<Sample> samples = new ArrayList<>();
        long prepareNanos;
        TimingSummary.@Nullable Peaks peaks;
    }

    private void timeAll() throws IOException, InterruptedException {
        if (settings.mode() == Mode.VERIFY_ONLY) {
            return;
        }
        Map<List<String>, List<Task>> groups = new LinkedHashMap<>();
        int count = 0;
        for (BackendRef backend : plan.backends()) {
            for (PlannedCase planned : plan.cases()) {
                Task task = new Task(planned, backend);
                if (state.has(task.key()) && passed(task) && !state.isTimed(task.key())) {
                    groups.computeIfAbsent(task.group(), group -> new ArrayList<>())
                            .add(task);
                    count++;
                }
            }
        }
        listener.phase("time", count * settings.rounds(), 0);
        Map<RowKey, Timed> timed = new LinkedHashMap<>();
        for (int round = 0; round < settings.rounds(); round++) {
            for (List<Task> group : groups.values()) {
                timeGroup(group, round, timed);
            }
        }
    }

    private boolean passed(Task task) {
        return state.row(task.key()).verdict() == Verdict.PASS;
    }

    private void timeGroup(List<Task> group, int round, Map<RowKey, Timed> timed)
            throws IOException, InterruptedException {
        @Nullable BackendWorker worker = null;
        try {
            for (Task task : group) {
                if (!passed(task)) {
                    continue;
                }
                Timed times = timed.computeIfAbsent(task.key(), key -> new Timed());
                Attempt attempt = Attempt.again("");
                for (int tried = 0; tried < 2 && attempt.again(); tried++) {
                    if (worker == null) {
                        worker = open(task.backend());
                    }
                    attempt = time(task, worker, round, times, attempt);
                    worker = attempt.alive() ? worker : null;
                }
                listener.step(task.label(), 0);
            }
        } catch (PluginException e) {
            // It opened when its cases were verified; that it does not now is a result, not the end of the run.
            for (Task task : group) {
                if (passed(task) && !state.isTimed(task.key())) {
                    finish(Rows.amended(
                            state.row(task.key()), Verdict.ERROR, "", "while it was timed: " + e.oneLine()));
                }
            }
        } finally {
            if (worker != null) {
                worker.close();
            }
        }
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

    /// Times one case in one round.
    private Attempt time(Task task, BackendWorker worker, int round, Timed timed, Attempt before)
            throws IOException, InterruptedException {
        CaseRow row = state.row(task.key());
        Effort effort = settings.mode() == Mode.RELEASE ? Effort.RELEASE : Effort.QUICK;
        Duration limit = limit(task.planned()).multipliedBy(2);
        WorkerCommand command = WorkerCommand.time(task.planned(), limit, effort, round, row.outputSha256());
        Answer answer = worker.ask(command, limit.plus(GRACE));
        return switch (answer) {
            case Answer.Reply(WorkerReply reply)
            when reply.row() != null && reply.row().verdict() == Verdict.CRASH ->
                crashed(task, reply.row().reason(), before, true);
            case Answer.Reply(WorkerReply reply) -> {
                boolean enoughMemory = take(task, reply, timed, round);
                if (!enoughMemory) {
                    worker.close();
                } else if (passed(task) && !before.how().isEmpty() && !WorkerProcess.wasKilled(before.how())) {
                    finish(Rows.amended(
                            row,
                            Verdict.UNSTABLE,
                            "repetition",
                            "its process ended while it was timed: " + before.how() + "; a second attempt went well"));
                }
                yield Attempt.over(enoughMemory);
            }
            case Answer.TimedOut ignored -> {
                finish(Rows.amended(row, Verdict.TIMEOUT, "", "hung while it was timed"));
                yield Attempt.over(false);
            }
            case Answer.Crashed(String how) -> crashed(task, how, before, false);
        };
    }

    private Attempt crashed(Task task, String how, Attempt before, boolean alive) throws IOException {
        journal.note(Event.WORKER_ENDED, Map.of("backend", task.backend().id(), "how", how));
        if (before.how().isEmpty()) {
            return new Attempt(alive, true, how);
        }
        finish(Rows.amended(state.row(task.key()), Verdict.CRASH, "", "while it was timed: " + how + "; tried twice"));
        return Attempt.over(alive);
    }

    private boolean take(Task task, WorkerReply reply, Timed timed, int round) throws IOException {
        CaseRow failed = reply.row();
        if (failed != null) {
            finish(Rows.amended(state.row(task.key()), failed.verdict(), failed.layer(), failed.reason()));
            return failed.verdict() != Verdict.OUT_OF_MEMORY;
        }
        if (reply.samples() != null) {
            timed.samples.addAll(reply.samples());
        }
        timed.peaks = reply.peaks();
        timed.prepareNanos = reply.prepareNanos() == null ? 0 : reply.prepareNanos();
        if (round == settings.rounds() - 1 && timed.peaks != null) {
            Call call =
                    CaseSpec.parse(task.planned().spec()).call(task.planned().caseId());
            var rows = TimingSummary.rows(
                    task.planned(),
                    task.backend(),
                    timed.peaks,
                    Operators.named(call.operator(), "plan").cost(call),
                    timed.prepareNanos,
                    timed.samples);
            var samples = TimingSummary.sampleRows(task.planned(), task.backend(), timed.samples);
            journal.timingFinished(rows, samples);
            state.take(new Event("", Event.TIMING_FINISHED, null, rows, samples, null));
        }
        return true;
    }
}
