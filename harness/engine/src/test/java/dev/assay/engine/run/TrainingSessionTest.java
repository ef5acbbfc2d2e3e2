package dev.assay.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.engine.training.ParityFinding;
import dev.assay.engine.training.ParityStep;
import dev.assay.engine.training.TrainingPlan;
import dev.assay.engine.training.TrainingReply;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.tensor.DType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of a training whose process does not answer.
class TrainingSessionTest {
    private static final TrainingPlan SMALL =
            new TrainingPlan(DType.F32, 3, 5, 1, 16, 4, 2, 24, 2, 5, 2, 0.1, 1e-3, 0.1, 1);

    private static List<TrainingReply> train(String how, boolean isolate, Duration limit) throws InterruptedException {
        List<TrainingReply> replies = new ArrayList<>();
        Map<String, String> facts = new TrainingSession(new BackendRef("trainable", "how=" + how), 2, isolate, limit)
                .train(SMALL, false, replies::add);
        assertEquals("1", facts.get(BackendWorker.VERSION));
        assertTrue(replies.getLast().ended());
        return replies;
    }

    private static List<ParityStep> steps(List<TrainingReply> replies) {
        return replies.stream().flatMap(reply -> reply.steps().stream()).toList();
    }

    private static List<ParityFinding> findings(List<TrainingReply> replies) {
        return replies.stream().flatMap(reply -> reply.findings().stream()).toList();
    }

    @Test
    void oneMoreProcessChangesNothing() throws InterruptedException {
        List<TrainingReply> near = train("nothing", false, Duration.ofMinutes(1));
        assertEquals(List.of(), findings(near));
        assertEquals(3, steps(near).size());
        assertEquals(steps(near), steps(train("nothing", true, Duration.ofMinutes(1))));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aProcessThatEndsIsToldWithItsStep(boolean isolate) throws InterruptedException {
        List<TrainingReply> replies = train("halts", isolate, Duration.ofMinutes(1));
        assertEquals(1, steps(replies).size());
        ParityFinding found = findings(replies).getFirst();
        assertEquals(ParityFinding.Kind.ERROR, found.kind());
        assertEquals(2, found.step());
        assertEquals("its process ended: exit code 17", found.what());
    }

    /// A step has the time of all steps, for a search may follow a finding.
    @Test
    void whatHangsIsEnded() throws InterruptedException {
        List<TrainingReply> replies = train("hangs", false, Duration.ofSeconds(5));
        ParityFinding found = findings(replies).getFirst();
        assertEquals(ParityFinding.Kind.ERROR, found.kind());
        assertEquals(2, found.step());
        assertTrue(found.what().startsWith("no answer within 15 s"), found.what());
    }
}
