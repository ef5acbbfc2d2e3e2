package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Stores where additions should be.
final class LastChoiceAlone extends Fault {
    LastChoiceAlone() {
        super(
                "last-choice-alone",
                "M02",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "of the rows of a token the last one is kept instead of the sum",
                "moe_combine");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        long k = call.input("positions").shape().dim(1);
        return Operands.reading(plain, "weights", (weights, given) -> {
            for (long i = 0; i < weights.shape().elements(); i++) {
                weights.set(i, i % k == k - 1 ? weights.get(i) : 0);
            }
        });
    }
}
