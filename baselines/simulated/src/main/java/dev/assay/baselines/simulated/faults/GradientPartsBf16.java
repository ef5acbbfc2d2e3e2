package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// Heads that share keys add up in the type of the result.
final class GradientPartsBf16 extends Fault {
    GradientPartsBf16() {
        super(
                "gradient-parts-bf16",
                "",
                List.of("bound", "rms", "bias"),
                List.of("narrow-partials"),
                "gradients of keys and values travel from head to head in bf16",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double part(double value) {
                return DType.BF16.round(value);
            }
        });
    }
}
