package dev.assay.engine.run;

import dev.assay.backend.Backend;
import dev.assay.engine.training.ParityFinding;
import dev.assay.engine.training.ParityRun;
import dev.assay.engine.training.TrainingPlan;
import dev.assay.engine.training.TrainingReply;
import dev.assay.engine.training.TrainingRequest;
import dev.assay.results.CellText;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Trains on an open backend, some steps at a time. Whatever a plugin throws becomes a finding.
final class TrainingWork {
    private final OpenBackend open;
    private @Nullable ParityRun run;
    private int done;

    TrainingWork(OpenBackend open) {
        this.open = open;
    }

    TrainingReply perform(TrainingRequest request, Duration limit) {
        try {
            TrainingReply reply = advance(request, limit);
            done += reply.steps().size();
            return reply;
        } catch (RuntimeException | Error e) {
            return new TrainingReply(List.of(), List.of(error(CaseWork.told(e))), 0, true);
        }
    }

    private TrainingReply advance(TrainingRequest request, Duration limit) {
        TrainingPlan plan = request.plan();
        if (plan != null) {
            Backend backend = open.get();
            open.limit(limit);
            List<ParityFinding> refused = ParityRun.refused(backend, plan);
            if (!refused.isEmpty()) {
                return new TrainingReply(List.of(), refused, 0, true);
            }
            run = new ParityRun(backend, plan, request.goOn());
        }
        if (run == null) {
            throw new IllegalStateException("a training goes on that has not begun");
        }
        open.limit(limit);
        TrainingReply reply = run.advance(request.steps());
        return open.lost()
                .map(lost -> new TrainingReply(
                        reply.steps(), List.of(error("its process ended: " + lost.how())), reply.judged(), true))
                .orElse(reply);
    }

    private ParityFinding error(String what) {
        return new ParityFinding(ParityFinding.Kind.ERROR, done + 1, "", "", CellText.harmless(what));
    }
}
