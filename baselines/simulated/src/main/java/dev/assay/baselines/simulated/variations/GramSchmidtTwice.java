package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.LinalgKernels;
import dev.assay.baselines.kernels.Reflections;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Variation;

/// As Krylov methods do.
final class GramSchmidtTwice extends Variation {
    GramSchmidtTwice() {
        super("gram-schmidt-twice", "", "Gram and Schmidt's method, each column orthogonalised twice", "qr");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return LinalgKernels.batched(call, arithmetic, (asked, in, m) -> Reflections.qrByProjections(in[0], 2, m));
    }
}
