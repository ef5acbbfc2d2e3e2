package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.operator.BatchAxis;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tensors without elements.
final class C25NoElements extends RunRule {
    private static final int MOST = 24;

    C25NoElements() {
        super(
                "C25",
                "a call whose tensors hold no elements is right or refused",
                "empty batches happen; a grid of no blocks is an error on some devices, and a sum of nothing is zero",
                "calls of the suites with empty tensors are run, and calls that run are asked again with an empty"
                        + " batch");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> examples = new ArrayList<>();
            for (Example example : candidate.running(backend)) {
                emptied(example).ifPresent(examples::add);
            }
            examples.addAll(Candidate.varied(
                    candidate.examples().stream()
                            .filter(example -> example.isEmpty() && example.isDense() && example.isSmall())
                            .filter(example -> Candidate.supports(backend, example.call()))
                            .toList(),
                    MOST));
            return RightOrRefused.check(
                    candidate,
                    backend,
                    examples,
                    "empty tensors",
                    "return at once where an output is empty, and write zeros where a sum is");
        }
    }

    private static Optional<Example> emptied(Example example) {
        Optional<BatchAxis> axis = example.operator().batchAxis(example.call());
        if (axis.isEmpty() || !example.call().constants().isEmpty()) {
            return Optional.empty();
        }
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        example.present().forEach((name, spec) -> {
            Integer along = axis.get().inputs().get(name);
            specs.put(name, along == null ? spec : emptied(spec, along));
        });
        return example.changed("with an empty batch", specs, true).filter(Example::isEmpty);
    }

    private static TensorSpec emptied(TensorSpec spec, int axis) {
        long[] dims = spec.shape().toArray();
        dims[axis] = 0;
        return TensorSpec.dense(spec.dtype(), Shape.of(dims));
    }
}
