package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Not less than zero, instead of greater.
final class ZeroPasses extends Fault {
    ZeroPasses() {
        super(
                "zero-passes",
                "",
                List.of("exact", "bound"),
                List.of("mask", "off-by-one"),
                "the gradient passes where the rectified input is 0",
                "relu_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.reading(plain, "Y", (y, given) -> {
            for (long i = 0; i < y.shape().elements(); i++) {
                y.set(i, y.get(i) == 0 ? 1 : y.get(i));
            }
        });
    }
}
