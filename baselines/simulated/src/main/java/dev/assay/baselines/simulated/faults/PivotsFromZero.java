package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Fortran counts from 1 and C from 0.
final class PivotsFromZero extends Fault {
    PivotsFromZero() {
        super(
                "pivots-from-zero",
                "",
                List.of("exact", "relation"),
                List.of("off-by-one"),
                "rows are counted from 0 in pivots",
                "lu_factor");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "pivots", (pivots, given) -> {
            for (long i = 0; i < pivots.shape().elements(); i++) {
                pivots.setCodeAt(i, pivots.codeAt(i) - 1);
            }
        });
    }
}
