package dev.assay.engine.run;

import dev.assay.engine.plan.RunSettings;
import dev.assay.results.CaseRow;
import dev.assay.results.Event;
import dev.assay.results.Journal;
import dev.assay.results.JournalState;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RunFolder;
import dev.assay.results.ScorecardRow;
import dev.assay.results.Verdict;
import dev.assay.worker.JavaCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A run with its folder and its journal, while it goes on: alone, or beside the one it is compared with.
final class Arm implements AutoCloseable {
    /// A case may take this much longer than its cost explains before it counts as hung.
    private static final double PATIENCE = 30;

    private final RunFolder folder;
    private final PlanFile plan;
    private final RunSettings settings;
    private final Journal journal;
    private final List<Event> before;
    private final JournalState state;
    private final RunListener listener;

    private Arm(
            RunFolder folder,
            PlanFile plan,
            RunSettings settings,
            Journal journal,
            List<Event> before,
            RunListener listener) {
        this.folder = folder;
        this.plan = plan;
        this.settings = settings;
        this.journal = journal;
        this.before = before;
        this.state = JournalState.of(before);
        this.listener = listener;
    }

    /// Begins or goes on with a run. Throws HarnessException while somebody else is at work on it.
    static Arm open(RunFolder folder, RunListener listener) throws IOException {
        PlanFile plan = folder.readPlan();
        RunSettings settings = RunSettings.of(plan);
        Path events = folder.file(RunFolder.EVENTS);
        Journal journal = Journal.open(events);
        try {
            Arm arm = new Arm(folder, plan, settings, journal, Journal.read(events), listener);
            boolean resumed = !arm.state.rows().isEmpty();
            arm.note(resumed ? Event.RUN_RESUMED : Event.RUN_STARTED, arm.count());
            return arm;
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    private Map<String, String> count() {
        return Map.of("rows", "" + state.rows().size());
    }

    /// Says in the journal that nothing is left to be done.
    void finished() throws IOException {
        note(Event.RUN_FINISHED, count());
    }

    RunFolder folder() {
        return folder;
    }

    PlanFile plan() {
        return plan;
    }

    RunSettings settings() {
        return settings;
    }

    JournalState state() {
        return state;
    }

    RunListener listener() {
        return listener;
    }

    /// What the journal held when this stretch of the run began.
    List<Event> before() {
        return before;
    }

    BackendWorker open(BackendRef backend) throws InterruptedException {
        String jar = settings.timing().pluginJar();
        String classPath = jar.isEmpty() ? JavaCommand.classPath() : PluginJar.classPath(backend, Path.of(jar));
        return BackendWorker.open(backend, settings.threads(), settings.fullReference(), settings.isolate(), classPath);
    }

    void note(String type, Map<String, String> facts) throws IOException {
        journal.note(type, facts);
    }

    void finish(CaseRow row) throws IOException {
        finish(row, List.of());
    }

    void finish(CaseRow row, List<ScorecardRow> scorecard) throws IOException {
        journal.caseFinished(row, scorecard);
        state.take(new Event("", Event.CASE_FINISHED, row, null, null, scorecard, null));
        listener.row(row);
    }

    /// Keeps one case's part of a round.
    void keep(JournalState.TimedRound round) throws IOException {
        journal.roundTimed(round.samples(), round.facts());
        state.take(new Event("", Event.ROUND_TIMED, null, null, round.samples(), round.facts()));
    }

    void finish(List<dev.assay.results.TimingRow> timings) throws IOException {
        journal.timingFinished(timings, List.of());
        state.take(new Event("", Event.TIMING_FINISHED, null, timings, List.of(), null));
    }

    boolean passed(Task task) {
        return state.has(task.key()) && state.row(task.key()).verdict() == Verdict.PASS;
    }

    Duration limit(PlannedCase planned) {
        return Duration.ofSeconds(settings.timeoutSeconds())
                .plus(Duration.ofMillis((long) (PATIENCE * planned.estimateMs())));
    }

    @Override
    public void close() throws IOException {
        journal.close();
    }
}
