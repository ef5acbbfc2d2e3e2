package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Only experts with rows write where they start.
final class EmptyGroupAtZero extends Fault {
    EmptyGroupAtZero() {
        super(
                "empty-group-at-zero",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "an expert that nobody chose starts at 0",
                "moe_scatter");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "offsets", (offsets, given) -> {
            for (long expert = offsets.shape().elements() - 2; expert >= 0; expert--) {
                if (offsets.get(expert) == offsets.get(expert + 1)) {
                    offsets.set(expert, 0);
                }
            }
        });
    }
}
