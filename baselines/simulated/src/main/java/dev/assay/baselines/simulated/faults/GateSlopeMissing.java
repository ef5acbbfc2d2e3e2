package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The product rule has two terms.
final class GateSlopeMissing extends Fault {
    GateSlopeMissing() {
        super(
                "gate-slope-missing",
                "",
                List.of("bound"),
                List.of("terms-missing", "other-operator"),
                "the derivative of the gate itself is left out",
                "swish_grad",
                "swiglu_grad");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double multiplyAdd(double a, double b, double c) {
                return c == 1 ? 1 : super.multiplyAdd(a, b, c);
            }
        };
    }
}
