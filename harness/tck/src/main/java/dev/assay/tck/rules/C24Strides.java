package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Inputs that do not lie densely.
final class C24Strides extends RunRule {
    private static final int MOST = 24;

    C24Strides() {
        super(
                "C24",
                "inputs that are transposed in memory, or repeat a row, are read rightly or refused",
                "weights are stored transposed and masks are broadcast; who reads them as if they were dense computes"
                        + " nonsense",
                "calls of the suites with such inputs are run, and calls that run are asked again with each input"
                        + " transposed in memory, and with a stride of 0");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> examples = new ArrayList<>();
            for (Example example : candidate.running(backend)) {
                for (Map.Entry<String, TensorSpec> input : example.present().entrySet()) {
                    if (mayBeStrided(example, input.getKey(), input.getValue())) {
                        change(example, input.getKey(), examples);
                    }
                }
            }
            Candidate.varied(
                            candidate.supported(backend).stream()
                                    .filter(example -> !example.isDense() && !example.isEmpty() && example.isSmall())
                                    .toList(),
                            MOST / 2)
                    .forEach(examples::add);
            return RightOrRefused.check(
                    candidate,
                    backend,
                    examples.stream().limit(MOST).toList(),
                    "strides",
                    "honour the strides of every input, or refuse a call unless spec.isDense()");
        }
    }

    private static boolean mayBeStrided(Example example, String input, TensorSpec spec) {
        boolean constant = example.operator().signature().inputs().stream()
                .filter(parameter -> parameter.name().equals(input))
                .anyMatch(Parameter::constant);
        boolean inPlace = example.call().outputs().stream()
                .anyMatch(output -> output.aliasOf().equals(Optional.of(input)));
        return !constant && !inPlace && spec.shape().rank() >= 2 && spec.dtype().bits() >= 8;
    }

    private static void change(Example example, String input, List<Example> into) {
        example.changed("with " + input + " transposed in memory", example.with(input, C24Strides::transposed), true)
                .filter(changed -> !changed.isDense())
                .ifPresent(into::add);
        example.changed("with the first row of " + input + " repeated", example.with(input, C24Strides::repeated), true)
                .filter(changed -> !changed.isDense())
                .ifPresent(into::add);
    }

    /// The same shape, with its last two dimensions exchanged in memory.
    private static TensorSpec transposed(TensorSpec spec) {
        long[] dims = spec.shape().toArray();
        long last = dims[dims.length - 1];
        dims[dims.length - 1] = dims[dims.length - 2];
        dims[dims.length - 2] = last;
        return TensorSpec.dense(spec.dtype(), Shape.of(dims)).transposed(-2, -1);
    }

    private static TensorSpec repeated(TensorSpec spec) {
        List<Long> strides = new ArrayList<>(spec.strides());
        strides.set(0, 0L);
        return new TensorSpec(spec.dtype(), spec.shape(), strides);
    }
}
