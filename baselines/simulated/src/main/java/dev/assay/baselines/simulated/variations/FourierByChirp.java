package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.Fourier;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.kernels.SpectralKernels;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Variation;

/// As libraries do for prime lengths.
final class FourierByChirp extends Variation {
    FourierByChirp() {
        super(
                "fourier-by-chirp",
                "",
                "Fourier transforms of all lengths by Bluestein's algorithm",
                Operators.ofTransforms());
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return SpectralKernels.transform(call, arithmetic, Fourier::bluestein);
    }
}
