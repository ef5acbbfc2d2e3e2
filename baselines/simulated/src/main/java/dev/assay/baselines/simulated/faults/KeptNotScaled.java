package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// What stays stays as it is.
final class KeptNotScaled extends Fault {
    KeptNotScaled() {
        super(
                "kept-not-scaled",
                "M28",
                List.of("exact", "bound", "rms", "bias"),
                List.of("scale", "operand-ignored"),
                "what is not left out is not divided by the rate at which elements stay",
                "dropout",
                "dropout_grad");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double divide(double a, double b) {
                return 1;
            }
        };
    }
}
