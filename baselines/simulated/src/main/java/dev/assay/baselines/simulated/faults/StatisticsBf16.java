package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.tensor.DType;
import java.util.List;

/// Mean and inverse deviation are kept in bf16.
final class StatisticsBf16 extends Fault {
    StatisticsBf16() {
        super(
                "statistics-bf16",
                "N05",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate"),
                "mean and inverse deviation are kept in bf16",
                Operators.all(
                        new String[] {"layer_normalization"}, Operators.all(Operators.withEpsilon(), new String[] {
                            "lp_normalization", "mean_variance_normalization"
                        })));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.statistics(DType.BF16);
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double reciprocalSqrt(double x) {
                return DType.BF16.round(super.reciprocalSqrt(x));
            }

            @Override
            public double sqrt(double x) {
                return DType.BF16.round(super.sqrt(x));
            }
        };
    }
}
