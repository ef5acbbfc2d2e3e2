package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The sum is compared after the token was added, not before.
final class TopPOffByOne extends Fault {
    TopPOffByOne() {
        super(
                "top-p-off-by-one",
                "",
                List.of("exact", "special"),
                List.of("mask", "off-by-one"),
                "the token that reaches the mass is left out",
                "sampling_mask");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (!call.hasInput("top_p")) {
            return plain;
        }
        return Operands.spoiling(plain, "Y", (y, given) -> {
            Tensor limits = given.input("top_p").tensor();
            long tokens = y.shape().dim(1);
            for (long row = 0; row < y.shape().dim(0); row++) {
                double least = Double.POSITIVE_INFINITY;
                double most = Double.NEGATIVE_INFINITY;
                for (long i = row * tokens; i < (row + 1) * tokens; i++) {
                    least = y.get(i) > Double.NEGATIVE_INFINITY ? Math.min(least, y.get(i)) : least;
                    most = Math.max(most, y.get(i));
                }
                for (long i = row * tokens; i < (row + 1) * tokens; i++) {
                    if (limits.get(row) < 1 && least < most && y.get(i) == least) {
                        y.set(i, Double.NEGATIVE_INFINITY);
                    }
                }
            }
        });
    }
}
