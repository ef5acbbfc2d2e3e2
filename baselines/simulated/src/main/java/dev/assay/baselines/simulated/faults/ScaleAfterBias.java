package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The epilogue is put together in another order.
final class ScaleAfterBias extends Fault {
    ScaleAfterBias() {
        super(
                "scale-after-bias",
                "M26",
                List.of("bound"),
                List.of("scale", "offset"),
                "the bias is added before the scale of the channel is applied",
                "quant_matmul");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (!reading.has("B")) {
                return reading;
            }
            Tensor scales = reading.tensor("w_scale");
            boolean one = scales.shape().elements() == 1;
            return reading.real("B", DType.F32, (i, bias) -> bias * scales.get(one ? 0 : i));
        });
    }
}
