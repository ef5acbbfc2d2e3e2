package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The preprocessing kernel is never launched, and its buffer holds zeros.
final class DeltaMissing extends Fault {
    DeltaMissing() {
        super(
                "delta-missing",
                "A25",
                List.of("bound", "rms", "bias"),
                List.of("operand-ignored"),
                "D, the sum of dY times Y, is not subtracted",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double delta(double value) {
                return 0;
            }
        });
    }
}
