package dev.assay.engine.run;

import dev.assay.engine.training.ParityFinding;
import dev.assay.engine.training.TrainingPlan;
import dev.assay.engine.training.TrainingReply;
import dev.assay.engine.training.TrainingRequest;
import dev.assay.results.PlanFile.BackendRef;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A training in a process of its own, which may crash or hang.
public final class TrainingSession {
    private final BackendRef backend;
    private final int threads;
    private final boolean isolate;
    private final Duration limit;

    /// @param threads that the backend may use
    /// @param isolate whether a Java backend gets one more process
    /// @param limit for a single step; a search after a finding has that of all steps
    public TrainingSession(BackendRef backend, int threads, boolean isolate, Duration limit) {
        this.backend = backend;
        this.threads = threads;
        this.isolate = isolate;
        this.limit = limit;
    }

    /// Trains to the end. Throws [PluginException] if the backend does not open.
    ///
    /// @param goOn whether it goes on after something was found
    /// @param progress hears of every step
    /// @return what the plugin told about itself
    public Map<String, String> train(TrainingPlan plan, boolean goOn, Consumer<TrainingReply> progress)
            throws InterruptedException {
        try (BackendWorker worker = BackendWorker.open(backend, threads, false, isolate)) {
            int done = 0;
            boolean ended = false;
            while (!ended) {
                @Nullable TrainingPlan begun = done == 0 ? plan : null;
                Duration whole = limit.multipliedBy(plan.steps());
                TrainingReply reply = reply(
                        worker.ask(
                                WorkerCommand.train(new TrainingRequest(begun, goOn, 1), whole), whole.plusSeconds(5)),
                        done + 1,
                        whole);
                progress.accept(reply);
                done += reply.steps().size();
                ended = reply.ended();
            }
            return worker.facts();
        }
    }

    private static TrainingReply reply(BackendWorker.Answer answer, int step, Duration limit) {
        return switch (answer) {
            case BackendWorker.Answer.Reply(WorkerReply reply) when reply.training() != null -> reply.training();
            case BackendWorker.Answer.Reply(WorkerReply reply) -> lost(step, String.valueOf(reply.problem()));
            case BackendWorker.Answer.TimedOut ignored ->
                lost(step, "no answer within " + limit.toSeconds() + " s; its process was ended");
            case BackendWorker.Answer.Crashed(String how) -> lost(step, "its process ended: " + how);
        };
    }

    private static TrainingReply lost(int step, String what) {
        ParityFinding finding = new ParityFinding(ParityFinding.Kind.ERROR, step, "", "", what);
        return new TrainingReply(List.of(), List.of(finding), 0, true);
    }
}
