package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Variation;

/// Nothing is recomputed.
final class KeptProbabilities extends Variation {
    KeptProbabilities() {
        super("kept-probabilities", "47", "the probabilities of the forward pass are used again", "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public boolean keepsProbabilities() {
                return true;
            }
        });
    }
}
