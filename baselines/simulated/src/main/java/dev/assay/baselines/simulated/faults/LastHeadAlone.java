package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Heads overwrite what the one before has left.
final class LastHeadAlone extends Fault {
    LastHeadAlone() {
        super(
                "last-head-alone",
                "",
                List.of("bound", "rms", "bias"),
                List.of("head-mapping"),
                "of heads that share keys and values the last one alone gives a gradient",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public boolean counts(int part, int parts) {
                return part == parts - 1;
            }
        });
    }
}
