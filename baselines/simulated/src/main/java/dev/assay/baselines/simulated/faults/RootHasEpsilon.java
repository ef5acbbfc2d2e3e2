package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

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
        double epsilon = call.attributes().real(name) * correction(call);
        return KernelLibrary.plan(Calls.real(call, name, 0), new ForwardingArithmetic(arithmetic) {
            @Override
            public double sqrt(double x) {
                return super.sqrt(add(x, epsilon));
            }
        });
    }

    /// What the average is divided by after its root was taken.
    private static double correction(Call call) {
        double step = call.constants().getOrDefault("step", List.of(0L)).getFirst();
        return call.operator().equals("adamw") ? 1 - Math.pow(call.attributes().real("beta2"), step) : 1;
    }
}
