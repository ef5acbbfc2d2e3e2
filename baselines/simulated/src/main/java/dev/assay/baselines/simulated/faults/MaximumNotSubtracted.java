package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Sums of exponentials as in a textbook: they overflow.
final class MaximumNotSubtracted extends Fault {
    MaximumNotSubtracted() {
        super(
                "maximum-not-subtracted",
                "",
                List.of("bound", "special"),
                List.of("overflow", "special-values"),
                "exponentials are taken of the elements themselves",
                "softmax",
                "log_softmax",
                "logsumexp",
                "reduce_log_sum_exp");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double largest(double[] x, int count) {
                return 0;
            }
        };
    }
}
