package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The decay in the wrong place of the loop.
final class DecayLast extends Fault {
    DecayLast() {
        super(
                "decay-last",
                "M05",
                List.of("bound", "rms", "bias"),
                List.of("scale"),
                "the decay shrinks what the update has left, and not the parameter that was there",
                "adamw",
                "lion");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        double rate = call.attributes().real("lr") * call.attributes().real("weight_decay");
        SharedKernel kernel = KernelLibrary.plan(Calls.real(call, "weight_decay", 0), arithmetic);
        for (String output : List.of("param_out", "master_out")) {
            kernel = Operands.spoilingUnrounded(kernel, output, (param, given) -> {
                for (long i = 0; i < param.shape().elements(); i++) {
                    param.set(i, arithmetic.multiply(param.get(i), arithmetic.round(1 - rate)));
                }
            });
        }
        return kernel;
    }
}
