package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Gate and value lie side by side, and so do their gradients.
final class GradientsExchanged extends Fault {
    GradientsExchanged() {
        super(
                "gradients-exchanged",
                "",
                List.of("bound"),
                List.of("misplaced", "other-operator"),
                "the gradients of the two inputs are exchanged",
                "swiglu_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "dA", (da, given) -> {
            Tensor db = given.output("dB").tensor();
            for (long i = 0; i < da.shape().elements(); i++) {
                double first = da.get(i);
                da.set(i, db.get(i));
                db.set(i, first);
            }
        });
    }
}
