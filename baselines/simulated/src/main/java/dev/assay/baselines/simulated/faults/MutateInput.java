package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The first input is used as scratch memory.
final class MutateInput extends Fault {
    MutateInput() {
        super(
                "mutate-input",
                "",
                List.of("memory"),
                List.of("inputs-changed"),
                "an element of the first input is overwritten",
                Deviation.everyOperator());
    }

    @Override
    public void after(Call call, Arguments arguments) {
        Tensor input = arguments.inputs().values().iterator().next().tensor();
        if (!input.shape().isEmpty()) {
            // The next code: adding to the value would leave large ones and NaN as they are.
            input.setCodeAt(0, input.codeAt(0) + 1);
        }
    }
}
