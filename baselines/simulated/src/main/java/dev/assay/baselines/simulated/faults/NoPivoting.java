package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.Eliminations;
import dev.assay.baselines.kernels.LinalgKernels;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Elimination without pivoting is right on most data and loses all digits on some.
final class NoPivoting extends Fault {
    NoPivoting() {
        super("no-pivoting", "", List.of("bound"), List.of("misplaced"), "rows are never exchanged", "lu_factor");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return LinalgKernels.batched(call, arithmetic, (asked, in, m) -> Eliminations.lu(in[0], false, m));
    }
}
