package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// A comparison with the wrong side of the limit.
final class TopKOffByOne extends Fault {
    TopKOffByOne() {
        super(
                "top-k-off-by-one",
                "",
                List.of("exact", "special"),
                List.of("mask", "off-by-one"),
                "one token more than the best k stays",
                "sampling_mask");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.reading(plain, "top_k", (k, given) -> {
            for (long i = 0; i < k.shape().elements(); i++) {
                k.set(i, k.get(i) > 0 ? k.get(i) + 1 : 0);
            }
        });
    }
}
