package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The mask is not handed on to the backward kernel.
final class DropoutNotReused extends Fault {
    DropoutNotReused() {
        super(
                "dropout-not-reused",
                "A23",
                List.of("bound", "rms", "bias"),
                List.of("operand-ignored"),
                "dropout takes nothing away on the way back",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public boolean dropsAgain() {
                return false;
            }
        });
    }
}
