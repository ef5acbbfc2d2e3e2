package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// As if the loss were always the end.
final class UpstreamIgnored extends Fault {
    UpstreamIgnored() {
        super(
                "upstream-ignored",
                "",
                List.of("bound", "special"),
                List.of("operand-ignored", "scale"),
                "the gradient of the loss is taken for 1",
                "softmax_cross_entropy_loss_grad",
                "negative_log_likelihood_loss_grad",
                "cross_entropy_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.reading(plain, "dY", (dy, given) -> {
            for (long i = 0; i < dy.shape().elements(); i++) {
                dy.set(i, 1);
            }
        });
    }
}
