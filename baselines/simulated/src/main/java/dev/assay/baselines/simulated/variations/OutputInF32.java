package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// Both passes are one kernel.
final class OutputInF32 extends Variation {
    OutputInF32() {
        super("output-in-f32", "", "D is taken from an output that was not rounded", "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double output(double value, DType type) {
                return value;
            }
        });
    }
}
