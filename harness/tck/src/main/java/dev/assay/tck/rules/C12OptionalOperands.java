package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Operands that are left out.
final class C12OptionalOperands extends RunRule {
    C12OptionalOperands() {
        super(
                "C12",
                "a call that leaves out optional operands is right or refused",
                "an operand that is not there is neither zero nor null: biases, masks and statistics are left out all"
                        + " the time",
                "calls with absent inputs are run, and calls that run are asked again without each optional input and"
                        + " without optional outputs");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> examples = new ArrayList<>();
            for (Example example : candidate.running(backend)) {
                if (example.leavesOut()) {
                    examples.add(example);
                }
                for (Parameter parameter : example.operator().signature().inputs()) {
                    if (parameter.optional() && example.call().hasInput(parameter.name())) {
                        without(example, parameter.name()).ifPresent(examples::add);
                    }
                }
                boolean more = example.operator().signature().outputs().stream()
                        .anyMatch(output -> output.optional() && example.call().hasOutput(output.name()));
                if (more) {
                    example.changed("without optional outputs", example.present(), false)
                            .ifPresent(examples::add);
                }
            }
            return RightOrRefused.check(
                    candidate,
                    backend,
                    examples,
                    "an optional operand left out",
                    "ask call.hasInput(name) first, or refuse the call");
        }
    }

    private static Optional<Example> without(Example example, String input) {
        Map<String, TensorSpec> rest = example.present();
        rest.remove(input);
        // Optional outputs may be about that input.
        return example.changed("without " + input, rest, false);
    }
}
