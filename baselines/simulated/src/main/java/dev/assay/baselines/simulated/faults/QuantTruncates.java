package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A conversion in C.
final class QuantTruncates extends Fault {
    QuantTruncates() {
        super(
                "quant-truncates",
                "",
                List.of("exact", "bound"),
                List.of("truncation"),
                "quotients are cut off toward zero",
                "quantize_linear",
                "qlinear_matmul");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double divide(double a, double b) {
                double quotient = super.divide(a, b);
                return quotient < 0 ? Math.ceil(quotient) : Math.floor(quotient);
            }
        };
    }
}
