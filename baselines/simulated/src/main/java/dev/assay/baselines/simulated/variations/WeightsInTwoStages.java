package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.NormGradientKernels;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.baselines.simulated.VectorUnits;
import dev.assay.tensor.DType;

/// Each core adds up its share of the rows, in f32.
final class WeightsInTwoStages extends Variation {
    WeightsInTwoStages() {
        super(
                "weights-in-two-stages",
                "52",
                "gradients of weights are put together from f32 sums over some rows",
                "layer_normalization_grad",
                "rms_normalization_grad");
    }

    private static final int CORES = 16;

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return NormGradientKernels.plan(
                call, arithmetic, VectorUnits.summing(arithmetic, Summations.split(CORES, DType.F32)));
    }
}
