package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Probabilities are compared after they were normalised.
final class MinPAbsolute extends Fault {
    MinPAbsolute() {
        super(
                "min-p-absolute",
                "",
                List.of("exact", "special"),
                List.of("mask", "scale"),
                "the least probability is not relative to the largest",
                "sampling_mask");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.reading(plain, "min_p", (least, given) -> {
            Tensor logits = given.input("logits").tensor();
            long tokens = logits.shape().dim(1);
            for (long row = 0; row < least.shape().elements(); row++) {
                double most = Double.NEGATIVE_INFINITY;
                for (long i = row * tokens; i < (row + 1) * tokens; i++) {
                    most = Math.max(most, logits.get(i));
                }
                double sum = 0;
                for (long i = row * tokens; i < (row + 1) * tokens; i++) {
                    sum += Math.exp(logits.get(i) - most);
                }
                least.set(row, Math.min(1, least.get(row) * sum));
            }
        });
    }
}
