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

/// Epsilon is added outside the square root.
final class EpsilonOutside extends Fault {
    EpsilonOutside() {
        super(
                "epsilon-outside",
                "N04",
                List.of("bound", "contract"),
                List.of("epsilon"),
                "epsilon is added to the deviation instead of the variance",
                Operators.all(new String[] {"layer_normalization"}, Operators.withEpsilon()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.inverse((variance, epsilon) -> 1 / ((float) Math.sqrt(variance) + epsilon));
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        double epsilon = call.attributes().real("epsilon");
        return KernelLibrary.plan(Calls.real(call, "epsilon", 0), new ForwardingArithmetic(arithmetic) {
            @Override
            public double reciprocalSqrt(double x) {
                return divide(1, add(sqrt(x), epsilon));
            }
        });
    }
}
