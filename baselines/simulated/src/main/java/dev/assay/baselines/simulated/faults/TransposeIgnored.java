package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// The matrix is read in the order that it lies in.
final class TransposeIgnored extends Fault {
    TransposeIgnored() {
        super(
                "transpose-ignored",
                "G22",
                List.of("exact", "bound"),
                List.of("strides-ignored", "attribute"),
                "a transposed A is read as if it were not",
                "gemm");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (reading.call().attributes().integer("transA") == 0) {
                return reading;
            }
            Tensor a = reading.tensor("A");
            Shape turned = Shape.of(a.shape().dim(1), a.shape().dim(0));
            return reading.viewed("A", TensorSpec.dense(a.dtype(), turned))
                    .as(asked -> Calls.integer(asked, "transA", 0));
        });
    }
}
