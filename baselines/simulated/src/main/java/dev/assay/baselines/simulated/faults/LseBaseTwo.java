package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Inside, exponentials are powers of two.
final class LseBaseTwo extends Fault {
    LseBaseTwo() {
        super(
                "lse-base-two",
                "A32",
                List.of("bound"),
                List.of("scale"),
                "log-sum-exps are returned to base 2",
                "varlen_attention",
                "paged_attention",
                "mla_attention",
                "lse_merge");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "lse", (lse, given) -> {
            for (long i = 0; i < lse.shape().elements(); i++) {
                lse.set(i, lse.get(i) / Math.log(2));
            }
        });
    }
}
