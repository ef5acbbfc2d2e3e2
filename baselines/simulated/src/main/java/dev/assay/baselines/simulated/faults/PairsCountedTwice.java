package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// A full list is taken for one that names each pair once.
final class PairsCountedTwice extends Fault {
    PairsCountedTwice() {
        super(
                "pairs-counted-twice",
                "",
                List.of("bound"),
                List.of("scale"),
                "each atom gets the whole energy of its pairs",
                "lennard_jones");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "energy", (found, given) -> {
            for (long i = 0; i < found.shape().elements(); i++) {
                found.set(i, 2 * found.get(i));
            }
        });
    }
}
