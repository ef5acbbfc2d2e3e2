package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The mask is an argument of the forward kernel only.
final class CausalOffInBackward extends Fault {
    CausalOffInBackward() {
        super(
                "causal-off-in-backward",
                "",
                List.of("bound", "rms", "bias"),
                List.of("mask"),
                "the causal mask is ignored on the way back",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public int lastKey(int last, int keys) {
                return keys - 1;
            }
        });
    }
}
