package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Reading;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;

/// As where a kernel is given one multiplier.
final class FoldedScales extends Variation {
    FoldedScales() {
        super(
                "folded-scales",
                "29",
                "the scale of the input is divided by that of the output before anything is multiplied",
                "qlinear_matmul",
                "qlinear_conv");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            boolean conv = reading.has("x_scale");
            String input = conv ? "x_scale" : "a_scale";
            Tensor divisor = reading.tensor("y_scale");
            if (divisor.shape().elements() != 1) {
                return reading;
            }
            return reading.real(input, DType.F32, (i, scale) -> scale / divisor.get(0))
                    .real("y_scale", DType.F32, (i, scale) -> 1);
        });
    }
}
