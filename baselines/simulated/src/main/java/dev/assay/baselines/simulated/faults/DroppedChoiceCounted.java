package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// A place of -1 is taken for 0.
final class DroppedChoiceCounted extends Fault {
    DroppedChoiceCounted() {
        super(
                "dropped-choice-counted",
                "",
                List.of("exact", "bound"),
                List.of("terms-repeated"),
                "a choice that was dropped counts as the first row",
                "moe_combine");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.reading(plain, "positions", (positions, given) -> {
            for (long i = 0; i < positions.shape().elements(); i++) {
                positions.set(i, Math.max(0, positions.get(i)));
            }
        });
    }
}
