package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Symmetric quantisation is all there is.
final class ZeroPointIgnored extends Fault {
    ZeroPointIgnored() {
        super(
                "zero-point-ignored",
                "",
                List.of("exact", "bound"),
                List.of("offset", "operand-ignored"),
                "zero points of the input do not count",
                "dequantize_linear",
                "matmul_integer",
                "qlinear_matmul",
                "conv_integer",
                "qlinear_conv",
                "weight_only_matmul");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Reading read = reading;
            for (String input : List.of("x_zero_point", "a_zero_point", "zero_point")) {
                if (reading.has(input) && !reading.tensor(input).dtype().isFloat()) {
                    read = read.whole(input, (i, zero) -> 0);
                }
            }
            return read;
        });
    }
}
