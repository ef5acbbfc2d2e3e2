package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// An end that was meant to be included.
final class BiasGradientMissesRow extends Fault {
    BiasGradientMissesRow() {
        super(
                "bias-gradient-misses-row",
                "G08",
                List.of("bound", "exact"),
                List.of("terms-missing"),
                "the last token is left out of the gradient of the bias",
                "linear_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "dB", (sums, given) -> {
            Tensor dy = given.input("dY").tensor();
            int columns = Math.toIntExact(sums.shape().elements());
            int rows = Math.toIntExact(dy.shape().elements() / Math.max(1, columns));
            double[] column = new double[Math.max(1, rows)];
            for (int j = 0; j < columns; j++) {
                for (int i = 0; i < rows - 1; i++) {
                    column[i] = dy.get((long) i * columns + j);
                }
                double sum = arithmetic.sum(column, Math.max(0, rows - 1));
                boolean adds = given.inputs().containsKey("dB_sum");
                sums.set(j, adds ? arithmetic.add(given.input("dB_sum").tensor().get(j), sum) : sum);
            }
        });
    }
}
