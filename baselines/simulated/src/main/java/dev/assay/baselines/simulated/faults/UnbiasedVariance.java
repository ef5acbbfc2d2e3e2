package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import java.util.List;

/// The variance is divided by n - 1.
final class UnbiasedVariance extends Fault {
    UnbiasedVariance() {
        super(
                "unbiased-variance",
                "N02",
                List.of("bound", "rms", "bias"),
                List.of("variance-formula", "attribute"),
                "the variance is divided by n - 1",
                Operators.all(new String[] {"layer_normalization"}, Operators.ofVariances()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.divisor(length -> length - 1);
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("correction") ? Calls.integer(call, "correction", 1) : call;
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (call.operator().equals("reduce_variance")) {
            return plain;
        }
        return KernelLibrary.plan(call, new ForwardingArithmetic(arithmetic) {
            @Override
            public double squaredDistances(double[] x, double mean, int count) {
                return multiply(super.squaredDistances(x, mean, count), round(count / (count - 1.0)));
            }
        });
    }
}
