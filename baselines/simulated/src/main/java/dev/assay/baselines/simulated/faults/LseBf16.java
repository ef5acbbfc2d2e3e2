package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.DType;
import java.util.List;

/// What is kept for a later merge is kept small.
final class LseBf16 extends Fault {
    LseBf16() {
        super(
                "lse-bf16",
                "A28",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate"),
                "log-sum-exps are rounded to bf16",
                "varlen_attention",
                "paged_attention",
                "mla_attention",
                "lse_merge",
                "attention_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (call.operator().equals("attention_grad")) {
            return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
                @Override
                public double logSum(double value) {
                    return DType.BF16.round(value);
                }
            });
        }
        return Operands.spoiling(plain, "lse", (lse, given) -> {
            for (long i = 0; i < lse.shape().elements(); i++) {
                lse.set(i, DType.BF16.round(lse.get(i)));
            }
        });
    }
}
