package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Queries are scaled on their way in, and the gradient of the keys is taken of those that are not.
final class KeyScaleMissing extends Fault {
    KeyScaleMissing() {
        super(
                "key-scale-missing",
                "A13",
                List.of("bound", "rms", "bias"),
                List.of("scale"),
                "the gradient of the keys is not multiplied with the scale",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double keyScale(double scale) {
                return 1;
            }
        });
    }
}
