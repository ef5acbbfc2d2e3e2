package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Sizes are kept innermost first.
final class SizesReversed extends Fault {
    SizesReversed() {
        super(
                "sizes-reversed",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "sizes are those of the dimensions in reverse; the number of elements is the size of the last",
                "shape",
                "size");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Tensor data = reading.tensor("data");
            List<Long> sizes = new ArrayList<>(data.shape().toList());
            Collections.reverse(sizes);
            List<Long> read = reading.call().operator().equals("size") ? sizes.subList(0, 1) : sizes;
            return reading.as(asked -> new Call(
                    asked.operator(),
                    List.of(Operand.of("data", TensorSpec.dense(data.dtype(), Shape.of(read)))),
                    asked.outputs(),
                    asked.attributes(),
                    asked.constants()));
        });
    }
}
