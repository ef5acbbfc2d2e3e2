package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The counter is advanced before it is used.
final class ConditionOffByOne extends Fault {
    ConditionOffByOne() {
        super(
                "condition-off-by-one",
                "",
                List.of("exact"),
                List.of("misplaced", "off-by-one"),
                "the slices behind those that are chosen are kept",
                "compress");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            long length = reading.tensor("condition").shape().elements();
            return reading.moved("condition", i -> (i + length - 1) % length);
        });
    }
}
