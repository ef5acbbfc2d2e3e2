package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import java.util.List;

/// The estimate of the reciprocal square root is not refined.
final class RoughRsqrt extends Fault {
    RoughRsqrt() {
        super(
                "rough-rsqrt",
                "",
                List.of("bound", "rms", "bias"),
                List.of("rough-function"),
                "the inverse deviation is right to 12 bits only",
                Operators.all(new String[] {"layer_normalization"}, Operators.withEpsilon()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.inverse(
                (variance, epsilon) -> Summations.rounded(1 / (float) Math.sqrt(variance + epsilon), 12));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double reciprocalSqrt(double x) {
                return Summations.rounded((float) super.reciprocalSqrt(x), 12);
            }
        };
    }
}
