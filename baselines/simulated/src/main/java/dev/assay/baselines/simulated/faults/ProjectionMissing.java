package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.NormGradientKernels;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.Arrays;
import java.util.List;

/// What a line is divided by depends on each of its elements.
final class ProjectionMissing extends Fault {
    ProjectionMissing() {
        super(
                "projection-missing",
                "N13",
                List.of("bound", "exact"),
                List.of("terms-missing", "offset"),
                "the gradient of a line is not made orthogonal to what was divided",
                "layer_normalization_grad",
                "rms_normalization_grad",
                "softmax_grad",
                "log_softmax_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        Arithmetic without = new ForwardingArithmetic(arithmetic) {
            @Override
            public double dot(double[] a, double[] b, int count) {
                return Arrays.equals(a, b) ? super.dot(a, b, count) : 0;
            }

            @Override
            public double sum(double[] terms, int count) {
                return call.operator().equals("log_softmax_grad") ? 0 : super.sum(terms, count);
            }
        };
        return call.operator().contains("softmax")
                ? KernelLibrary.plan(call, without)
                : NormGradientKernels.plan(call, without, arithmetic);
    }
}
