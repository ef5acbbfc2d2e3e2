package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.LinalgKernels;
import dev.assay.baselines.kernels.Rotations;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A fixed number of sweeps that was enough for small matrices.
final class SweepsStopEarly extends Fault {
    SweepsStopEarly() {
        super(
                "sweeps-stop-early",
                "",
                List.of("relation", "bound"),
                List.of("rough-function"),
                "the iteration stops after two sweeps, before it has converged",
                "eigh");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return LinalgKernels.batched(call, arithmetic, (asked, in, m) -> Rotations.eigh(in[0], 2, m));
    }
}
