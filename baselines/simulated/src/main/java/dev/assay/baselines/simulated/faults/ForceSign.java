package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The gradient is taken for the force.
final class ForceSign extends Fault {
    ForceSign() {
        super(
                "force-sign",
                "",
                List.of("bound"),
                List.of("sign"),
                "forces have the other sign",
                "lennard_jones",
                "ewald_reciprocal",
                "random_batch_ewald");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "forces", (found, given) -> {
            for (long i = 0; i < found.shape().elements(); i++) {
                if (found.get(i) != 0) {
                    found.set(i, -found.get(i));
                }
            }
        });
    }
}
