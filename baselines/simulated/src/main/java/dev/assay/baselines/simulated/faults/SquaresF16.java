package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.VectorUnits;
import dev.assay.tensor.DType;
import java.util.List;

/// The sum of squares is kept in f16 and overflows beyond 65,504.
final class SquaresF16 extends Fault {
    SquaresF16() {
        super(
                "squares-f16",
                "N10",
                List.of("exact", "bound", "contract"),
                List.of("overflow", "narrow-accumulator"),
                "squares are summed in f16",
                Operators.all(new String[] {"layer_normalization"}, new String[] {
                    "rms_normalization",
                    "add_rms_normalization",
                    "qk_normalization",
                    "lp_normalization",
                    "reduce_l2",
                    "reduce_sum_square"
                }));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.squares(Summations.narrow(DType.F16));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double dot(double[] a, double[] b, int count) {
                return VectorUnits.summing(plain, Summations.narrow(DType.F16)).dot(a, b, count);
            }
        };
    }
}
