package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Summations;
import java.util.List;

/// The estimate of a root is not refined.
final class RoughRoot extends Fault {
    RoughRoot() {
        super(
                "rough-root",
                "",
                List.of("bound", "rms", "bias"),
                List.of("rough-function"),
                "square roots are right to 12 bits only",
                "adamw",
                "adam",
                "adagrad");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double sqrt(double x) {
                return Summations.rounded((float) super.sqrt(x), 12);
            }
        };
    }
}
