package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.NormGradientKernels;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The mean of a row depends on each of its elements.
final class GradientMeanMissing extends Fault {
    GradientMeanMissing() {
        super(
                "gradient-mean-missing",
                "N13",
                List.of("bound"),
                List.of("terms-missing", "offset"),
                "the gradient of a row keeps its mean",
                "layer_normalization_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        Arithmetic along = new ForwardingArithmetic(arithmetic) {
            @Override
            public double sum(double[] terms, int count) {
                return 0;
            }
        };
        return NormGradientKernels.plan(call, along, arithmetic);
    }
}
