package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// What is kept between two kernels is kept small.
final class DeltaBf16 extends Fault {
    DeltaBf16() {
        super(
                "delta-bf16",
                "A25",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate"),
                "D, the sum of dY times Y, is kept in bf16",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double delta(double value) {
                return DType.BF16.round(value);
            }
        });
    }
}
