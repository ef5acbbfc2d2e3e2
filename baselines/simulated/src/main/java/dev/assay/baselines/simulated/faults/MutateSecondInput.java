package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The second input is normalised in place.
final class MutateSecondInput extends Fault {
    MutateSecondInput() {
        super(
                "mutate-second-input",
                "",
                List.of("memory"),
                List.of("inputs-changed"),
                "the last element of the second input is overwritten",
                "matmul",
                "attention",
                "layer_normalization");
    }

    @Override
    public void after(Call call, Arguments arguments) {
        Tensor input = arguments.inputs().values().stream().toList().get(1).tensor();
        if (!input.shape().isEmpty()) {
            long last = input.position(input.shape().elements() - 1);
            input.setCodeAt(last, input.codeAt(last) + 1);
        }
    }
}
