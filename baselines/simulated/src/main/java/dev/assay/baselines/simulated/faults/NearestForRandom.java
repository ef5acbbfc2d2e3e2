package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The rounding that is there anyhow.
final class NearestForRandom extends Fault {
    NearestForRandom() {
        super(
                "nearest-for-random",
                "M08",
                List.of("exact"),
                List.of("other-operator"),
                "numbers are rounded to nearest instead of at random",
                "stochastic_round");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "Y", (y, given) -> {
            Tensor x = given.input("X").tensor();
            for (long i = 0; i < y.shape().elements(); i++) {
                y.set(i, x.get(i));
            }
        });
    }
}
