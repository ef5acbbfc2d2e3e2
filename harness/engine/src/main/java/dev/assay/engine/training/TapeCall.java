package dev.assay.engine.training;

import dev.assay.backend.Call;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/// One call of a training step.
///
/// @param part of the model, as people call it: `layer 3 query, backward`
/// @param call by number of the step, from 1; the same for all steps unless the number is part of it
/// @param everyStep whether the call is another one in each step
/// @param inputs slots by name of the call's input
/// @param outputs slots by name of the call's output
record TapeCall(
        String part,
        IntFunction<Call> call,
        boolean everyStep,
        Map<String, String> inputs,
        Map<String, String> outputs) {
    // Twins draw noise for outputs in their order, which must be the same in every process.
    TapeCall {
        inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    }
}
