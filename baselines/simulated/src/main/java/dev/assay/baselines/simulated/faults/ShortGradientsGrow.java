package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The factor has no upper limit.
final class ShortGradientsGrow extends Fault {
    ShortGradientsGrow() {
        super(
                "short-gradients-grow",
                "",
                List.of("exact", "bound", "rms", "bias"),
                List.of("scale"),
                "gradients that are short enough are made as long as allowed",
                "clip_grad_norm");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        double longest = call.attributes().real("max_norm");
        return arguments -> {
            plain.run(arguments);
            double factor = longest / (arguments.output("total_norm").tensor().get(0) + 1e-6);
            for (int n = 0; n < call.members("grads").size() && factor > 1; n++) {
                Tensor grad = arguments.output(Call.member("grads_out", n)).tensor();
                for (long i = 0; i < grad.shape().elements(); i++) {
                    grad.set(i, grad.get(i) * factor);
                }
            }
        };
    }
}
