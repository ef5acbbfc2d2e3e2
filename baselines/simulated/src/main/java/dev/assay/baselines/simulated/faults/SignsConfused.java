package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Bytes are bytes.
final class SignsConfused extends Fault {
    SignsConfused() {
        super(
                "signs-confused",
                "M16",
                List.of("exact", "bound"),
                List.of("overflow", "offset"),
                "whole numbers with a sign are read as if they had none, and the other way round",
                "dequantize_linear",
                "matmul_integer",
                "qlinear_matmul",
                "conv_integer");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String input = reading.call().inputs().getFirst().name();
            Tensor codes = reading.tensor(input);
            DType other = switch (codes.dtype()) {
                case I4 -> DType.U4;
                case U4 -> DType.I4;
                case I8 -> DType.U8;
                case U8 -> DType.I8;
                case I16 -> DType.U16;
                case U16 -> DType.I16;
                default -> codes.dtype();
            };
            return reading.viewed(input, TensorSpec.dense(other, codes.shape()));
        });
    }
}
