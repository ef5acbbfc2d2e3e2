package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import java.util.List;

/// Another framework stores its tensors so.
final class ColumnMajor extends Fault {
    ColumnMajor() {
        super(
                "column-major",
                "G22",
                List.of("exact"),
                List.of("misplaced", "strides-ignored"),
                "the input is read as if columns were stored first",
                "reshape",
                "flatten",
                "squeeze",
                "unsqueeze",
                "tile",
                "expand");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String input = reading.call().inputs().getFirst().name();
            Shape shape = reading.tensor(input).shape();
            return reading.moved(input, i -> {
                long number = 0;
                long[] at = shape.coordinates(i);
                for (int axis = at.length - 1; axis >= 0; axis--) {
                    number = number * shape.dim(axis) + at[axis];
                }
                return number;
            });
        });
    }
}
