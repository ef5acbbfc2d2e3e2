package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// A table that ends early.
final class NegativeTailCut extends Fault {
    NegativeTailCut() {
        super(
                "negative-tail-cut",
                "N20",
                List.of("bound"),
                List.of("rough-function"),
                "results are 0 where the operand is below -4",
                "sigmoid",
                "swish",
                "mish",
                "gelu",
                "softplus",
                "swiglu",
                "geglu");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        String first = call.inputs().getFirst().name();
        return Operands.spoiling(plain, call.outputs().getFirst().name(), (y, given) -> {
            Tensor x = given.input(first).tensor();
            for (long i = 0; i < y.shape().elements(); i++) {
                if (x.get(i) < -4) {
                    y.set(i, 0);
                }
            }
        });
    }
}
