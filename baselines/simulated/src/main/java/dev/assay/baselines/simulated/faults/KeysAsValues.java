package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;

/// One pointer is passed twice.
final class KeysAsValues extends Fault {
    KeysAsValues() {
        super(
                "keys-as-values",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "keys are written to the cache of values",
                "reshape_and_cache");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Tensor keys = reading.tensor("key");
            long size = keys.shape().dim(2);
            Shape values = reading.tensor("value").shape();
            return reading.real(
                    "value", keys.dtype(), (i, value) -> keys.get(i / values.dim(2) * size + i % values.dim(2) % size));
        });
    }
}
