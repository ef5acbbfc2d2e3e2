package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.VectorUnits;
import dev.assay.tensor.DType;
import java.util.List;

/// Parts of the tokens are summed by different cores, which meet in memory.
final class GradientPartialsBf16 extends Fault {
    GradientPartialsBf16() {
        super(
                "gradient-partials-bf16",
                "N11",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-partials"),
                "partial sums over four parts of the terms are rounded to bf16",
                "linear_grad",
                "matmul_grad",
                "conv_grad");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.split(4, DType.BF16));
    }
}
