package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Variation;

/// Blocks of queries come in any order.
final class QueriesBackwards extends Variation {
    QueriesBackwards() {
        super(
                "queries-backwards",
                "48",
                "gradients of keys and values are summed from the last query to the first",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public int order(int number, int queries) {
                return queries - 1 - number;
            }
        });
    }
}
