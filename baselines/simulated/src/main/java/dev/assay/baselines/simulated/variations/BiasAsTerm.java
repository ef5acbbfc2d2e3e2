package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Reading;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;

/// As where the accumulator begins with the bias.
final class BiasAsTerm extends Variation {
    BiasAsTerm() {
        super("bias-as-term", "27", "the bias is the first term of the sum", "linear");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (!reading.has("B")) {
                return reading;
            }
            Tensor x = reading.tensor("X");
            Tensor w = reading.tensor("W");
            Tensor b = reading.tensor("B");
            long k = w.shape().dim(1);
            Shape longer = x.shape().with(x.shape().rank() - 1, k + 1);
            return reading.picked("X", longer, i -> i % (k + 1) == 0 ? -1 : i / (k + 1) * k + i % (k + 1) - 1)
                    .picked(
                            "W",
                            Shape.of(w.shape().dim(0), k + 1),
                            i -> i % (k + 1) == 0 ? -1 : i / (k + 1) * k + i % (k + 1) - 1)
                    .real("X", x.dtype(), (i, value) -> i % (k + 1) == 0 ? 1 : value)
                    .real("W", w.dtype(), (i, value) -> i % (k + 1) == 0 ? b.get(i / (k + 1)) : value)
                    .without("B");
        });
    }
}
