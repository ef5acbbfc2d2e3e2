package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Forward and backward count elements differently.
final class MaskOfNeighbour extends Fault {
    MaskOfNeighbour() {
        super(
                "mask-of-neighbour",
                "",
                List.of("exact", "bound", "rms", "bias"),
                List.of("misplaced", "off-by-one"),
                "the mask is that of the element behind",
                "dropout",
                "dropout_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (call.operator().equals("dropout_grad")) {
            return Reading.kernel(call, arithmetic, reading -> {
                long elements = reading.tensor("mask").shape().elements();
                return reading.moved("mask", i -> (i + 1) % elements);
            });
        }
        return Operands.spoiling(plain, "mask", (mask, given) -> {
            for (long i = 0; i < mask.shape().elements() - 1; i++) {
                mask.set(i, mask.get(i + 1));
            }
        });
    }
}
