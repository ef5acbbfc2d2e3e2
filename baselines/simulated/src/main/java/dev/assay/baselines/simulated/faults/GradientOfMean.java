package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The loss was thought to be a mean that is not taken yet.
final class GradientOfMean extends Fault {
    GradientOfMean() {
        super(
                "gradient-of-mean",
                "",
                List.of("bound", "exact"),
                List.of("scale"),
                "the gradient of the weights is divided by the number of tokens",
                "linear_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoilingUnrounded(plain, "dW", (gradient, given) -> {
            Tensor x = given.input("X").tensor();
            long tokens =
                    Math.max(1, x.shape().elements() / Math.max(1, x.shape().dim(-1)));
            for (long i = 0; i < gradient.shape().elements(); i++) {
                gradient.set(i, gradient.get(i) / (double) tokens);
            }
        });
    }
}
