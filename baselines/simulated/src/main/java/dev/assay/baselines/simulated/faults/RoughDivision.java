package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Summations;
import java.util.List;

/// The estimate of a reciprocal is not refined.
final class RoughDivision extends Fault {
    RoughDivision() {
        super(
                "rough-division",
                "N17",
                List.of("bound", "rms", "bias", "contract"),
                List.of("rough-function", "double-rounding"),
                "quotients are right to 12 bits only",
                "div",
                "reciprocal",
                "mean",
                "softsign",
                "softmax",
                "reduce_mean",
                "lp_normalization",
                "mean_variance_normalization",
                "apply_penalties",
                "moe_softmax_topk",
                "adamw",
                "adam",
                "adagrad");
    }

    private static final int BITS = 12;

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            private double rough(double value) {
                return Summations.rounded((float) value, BITS);
            }

            @Override
            public double divide(double a, double b) {
                return rough(super.divide(a, b));
            }
        };
    }
}
