package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Reading;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// As where a factor is folded into an operand.
final class AlphaFirst extends Variation {
    AlphaFirst() {
        super("alpha-first", "26", "A is multiplied by alpha before the product is formed", "gemm");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            double alpha = reading.call().attributes().real("alpha");
            DType type = reading.tensor("A").dtype();
            if (!type.isFloat() || type == DType.F64 || alpha == 1) {
                return reading;
            }
            return reading.real("A", DType.F32, (i, value) -> alpha * value).as(asked -> Calls.real(asked, "alpha", 1));
        });
    }
}
