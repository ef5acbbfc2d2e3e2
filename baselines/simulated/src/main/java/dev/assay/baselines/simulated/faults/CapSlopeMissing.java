package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The cap came later than the way back.
final class CapSlopeMissing extends Fault {
    CapSlopeMissing() {
        super(
                "cap-slope-missing",
                "",
                List.of("bound", "rms", "bias"),
                List.of("attribute"),
                "the slope of the soft cap is taken for 1",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double capSlope(double t, Arithmetic slope) {
                return 1;
            }
        });
    }
}
