package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Only NaN differs from itself.
final class InfinityMissed extends Fault {
    InfinityMissed() {
        super(
                "infinity-missed",
                "",
                List.of("exact", "special", "bound"),
                List.of("attribute", "special-values"),
                "infinite gradients are not found",
                "unscale_check_inf",
                "is_all_finite");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (call.operator().equals("is_all_finite")) {
            return KernelLibrary.plan(Calls.integer(call, "isnan_only", 1), arithmetic);
        }
        return Operands.spoiling(plain, "found_inf_out", (found, given) -> {
            boolean nan = false;
            for (int n = 0; n < call.members("grads").size(); n++) {
                Tensor grad = given.input(Call.member("grads", n)).tensor();
                for (long i = 0; i < grad.shape().elements(); i++) {
                    nan |= Double.isNaN(grad.get(i));
                }
            }
            found.set(0, nan ? 1 : 0);
        });
    }
}
