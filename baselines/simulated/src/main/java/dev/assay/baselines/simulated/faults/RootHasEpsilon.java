package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// Epsilon where normalizations have it.
final class RootHasEpsilon extends Fault {
    RootHasEpsilon() {
        super(
                "root-has-epsilon",
                "M07",
                List.of("bound"),
                List.of("epsilon"),
                "epsilon is added to the average of squares and not to its root",
                "adamw",
                "adam",
                "adagrad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        String name = call.operator().equals("adamw") ? "eps" : "epsilon";
        double epsilon = arithmetic.multiply(call.attributes().real(name), correction(call, arithmetic));
        // What the averages are corrected by is worked out before the kernel runs, and has no epsilon.
        AtomicBoolean planned = new AtomicBoolean();
        SharedKernel kernel = KernelLibrary.plan(Calls.real(call, name, 0), new ForwardingArithmetic(arithmetic) {
            @Override
            public double sqrt(double x) {
                return super.sqrt(planned.get() ? add(x, epsilon) : x);
            }
        });
        planned.set(true);
        return kernel;
    }

    /// What the average is divided by after its root was taken.
    private static double correction(Call call, Arithmetic arithmetic) {
        if (!call.operator().equals("adamw")) {
            return 1;
        }
        double step = call.constants().getOrDefault("step", List.of(1L)).getFirst();
        return arithmetic.subtract(
                1, arithmetic.pow(arithmetic.round(call.attributes().real("beta2")), step));
    }
}
