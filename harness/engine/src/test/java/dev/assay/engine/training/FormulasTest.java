package dev.assay.engine.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.Judge;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What the twins compute is what the operators' own references say, for every call of a step.
class FormulasTest {
    private static final TrainingPlan SMALL =
            new TrainingPlan(DType.F64, 3, 5, 1, 16, 4, 2, 24, 2, 5, 2, 0.1, 1e-3, 0.1, 1);

    private final Tape tape = Transformer.tape(SMALL);
    private final Twin twin = new Twin(tape, Freedom.none());

    /// The state of the twin after a step, with what the step began with under the names of states.
    private void step() {
        Start start = new Start(SMALL, tape);
        start.first(twin::load);
        SplittableRandom random = new SplittableRandom(3);
        for (int number = 1; number <= 2; number++) {
            start.step(number, twin::load);
            for (String slot : start.drawn()) {
                double[] mask = twin.values(slot);
                for (int i = 0; i < mask.length; i++) {
                    mask[i] = random.nextInt(10) == 0 ? 0 : 1;
                }
            }
            twin.step(number);
        }
    }

    private double[] array(String slot, boolean output) {
        boolean next = slot.endsWith("'");
        String name =
                next ? slot.substring(0, slot.length() - 1) : tape.slot(slot).lies();
        boolean state = tape.slot(name).role() == Slot.Role.STATE;
        // The step has exchanged the two.
        return twin.values(state && !next && !output ? Slot.next(name) : name);
    }

    private Map<String, Tensor> tensors(
            Map<String, String> slots, List<Call.Operand> operands, boolean output, Arena arena) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Call.Operand operand : operands) {
            String slot = slots.get(operand.name());
            if (slot != null && operand.spec().isPresent()) {
                TensorSpec spec = operand.spec().get();
                Tensor tensor = Tensor.allocate(spec, arena);
                double[] values = array(slot, output);
                tensor.encode(0, values.length, values, 0);
                tensors.put(operand.name(), tensor);
            }
        }
        return tensors;
    }

    private static Optional<String> disagreement(Call call, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        return Judge.disagreement(
                Operators.named(call.operator(), "test"), call, inputs, outputs, ComputeContract.STRICT);
    }

    @Test
    void everyCallOfAStepAgreesWithItsReference() {
        step();
        TreeSet<String> seen = new TreeSet<>();
        List<String> accepted = new ArrayList<>();
        for (TapeCall entry : tape.calls()) {
            Call call = entry.call().apply(2);
            try (Arena arena = Arena.ofShared()) {
                Map<String, Tensor> inputs = tensors(entry.inputs(), call.inputs(), false, arena);
                Map<String, Tensor> outputs = tensors(entry.outputs(), call.outputs(), true, arena);
                assertEquals(Optional.empty(), disagreement(call, inputs, outputs), entry.part());
                // A wrong one, which has to be refused: else the sentence above says nothing.
                Tensor spoilt = outputs.values().iterator().next();
                spoilt.set(0, spoilt.get(0) * (1 + 1e-6) + 1e-9);
                if (disagreement(call, inputs, outputs).isEmpty()) {
                    accepted.add(entry.part());
                }
                seen.add(call.operator());
            }
        }
        assertEquals(List.of(), accepted);
        assertEquals(18, seen.size(), seen.toString());
    }

    @Test
    void sizesAreThoseOfTheModel() {
        Tape standard = Transformer.tape(TrainingPlan.standard(DType.BF16, 300, 1));
        // Tokens, positions, head and last norm; per layer two norms, q, o, k, v of half the width, and the MLP.
        long layer = 2 * 128 + 2 * 128 * 128 + 2 * 64 * 128 + 3 * 384 * 128;
        assertEquals(42 * 128 + 40 * 128 + 42 * 128 + 128 + 5 * layer, standard.elements());
        assertTrue(standard.elements() > 950_000 && standard.elements() < 1_050_000);
        assertEquals(5 * 9 + 4, standard.parameters().size());
        assertEquals(List.of("part0.loss", "part1.loss"), standard.losses());
    }

    @Test
    void theExactTwinLearns() {
        Start start = new Start(SMALL, tape);
        start.first(twin::load);
        List<Double> losses = new ArrayList<>();
        for (int number = 1; number <= 60; number++) {
            start.step(number, twin::load);
            start.drawn().forEach(slot -> java.util.Arrays.fill(twin.values(slot), 1));
            twin.step(number);
            losses.add(twin.values("part0.loss")[0] / 2 + twin.values("part1.loss")[0] / 2);
        }
        // Of 42 characters none is known at first: ln 42 = 3.74.
        assertEquals(Math.log(42), losses.getFirst(), 0.05);
        assertTrue(losses.getLast() < 3.6, () -> losses.toString());
    }
}
