package dev.assay.engine.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

class TapeCallTest {
    /// Twins draw in this order; in one that differs from process to process, a training could not be repeated.
    @Test
    void operandsAreInTheOrderOfTheCall() {
        for (TapeCall entry :
                Transformer.tape(TrainingPlan.standard(DType.BF16, 2, 1)).calls()) {
            Call call = entry.call().apply(1);
            List<String> named = call.outputs().stream()
                    .map(Call.Operand::name)
                    .filter(entry.outputs()::containsKey)
                    .toList();
            assertEquals(named, List.copyOf(entry.outputs().keySet()), entry.part());
        }
    }

    @Test
    void aCallIsThatOfItsStepInWhateverOrderStepsAreAskedFor() {
        TapeCall entry = Transformer.tape(TrainingPlan.standard(DType.BF16, 4, 1))
                .calls()
                .getLast();
        Call first = entry.call().apply(1);
        Call third = entry.call().apply(3);
        assertEquals("adamw", first.operator());
        assertEquals(first, entry.call().apply(1));
        assertEquals(third, entry.call().apply(3));
        assertEquals(
                3 * first.attributes().real("lr"),
                third.attributes().real("lr"),
                1e-12,
                "the rate rises in even steps");
        assertEquals(List.of(3L), third.constants().get("step"));
    }
}
