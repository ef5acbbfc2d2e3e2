package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.LinalgKernels;
import dev.assay.baselines.kernels.Reflections;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The modified Gram-Schmidt method, whose vectors lose orthogonality where columns are nearly parallel.
final class OrthogonalizedOnce extends Fault {
    OrthogonalizedOnce() {
        super(
                "orthogonalized-once",
                "",
                List.of("relation"),
                List.of("orthogonality"),
                "columns are made orthogonal to those before them once",
                "qr");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return LinalgKernels.batched(call, arithmetic, (asked, in, m) -> Reflections.qrByProjections(in[0], 1, m));
    }
}
