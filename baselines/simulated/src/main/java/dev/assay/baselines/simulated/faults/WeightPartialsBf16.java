package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.NormGradientKernels;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.VectorUnits;
import dev.assay.tensor.DType;
import java.util.List;

/// Each core keeps its share of the tokens in the type of the weights.
final class WeightPartialsBf16 extends Fault {
    WeightPartialsBf16() {
        super(
                "weight-partials-bf16",
                "N11",
                List.of("bound", "rms", "exact"),
                List.of("narrow-partials", "narrow-accumulator"),
                "gradients of weights are put together from sums over some rows in bf16",
                "layer_normalization_grad",
                "rms_normalization_grad");
    }

    private static final int CORES = 16;

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return NormGradientKernels.plan(
                call, arithmetic, VectorUnits.summing(arithmetic, Summations.split(CORES, DType.BF16)));
    }
}
