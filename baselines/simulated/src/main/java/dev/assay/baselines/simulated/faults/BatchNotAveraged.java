package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The estimate of a sum is taken for a mean, or the other way round.
final class BatchNotAveraged extends Fault {
    BatchNotAveraged() {
        super(
                "batch-not-averaged",
                "",
                List.of("bound"),
                List.of("scale"),
                "the forces of a batch are not divided by its size",
                "random_batch_ewald");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoilingUnrounded(plain, "forces", (found, given) -> {
            long waves = given.input("k").tensor().shape().dim(0);
            for (long i = 0; i < found.shape().elements(); i++) {
                found.set(i, found.get(i) * waves);
            }
        });
    }
}
