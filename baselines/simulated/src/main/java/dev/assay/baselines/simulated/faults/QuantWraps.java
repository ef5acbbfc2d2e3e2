package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import java.util.List;

/// The last conversion keeps the low bits.
final class QuantWraps extends Fault {
    QuantWraps() {
        super(
                "quant-wraps",
                "M14",
                List.of("exact", "bound"),
                List.of("overflow"),
                "what is too large wraps around",
                "quantize_linear",
                "qlinear_matmul",
                "qlinear_conv");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            DType type = reading.call().output("y").dtype();
            return type.isFloat()
                    ? reading
                    : reading.stored("y", DType.I32, (wide, i) -> type.encodeLong((long) wide.get(i)));
        });
    }
}
