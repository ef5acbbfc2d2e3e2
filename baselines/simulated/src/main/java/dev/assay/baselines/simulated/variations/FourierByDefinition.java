package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.Fourier;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.kernels.SpectralKernels;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Variation;

/// As matrix units compute short ones.
final class FourierByDefinition extends Variation {
    FourierByDefinition() {
        super("fourier-by-definition", "", "Fourier transforms are sums by definition", Operators.ofTransforms());
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return SpectralKernels.transform(call, arithmetic, Fourier::byDefinition);
    }
}
