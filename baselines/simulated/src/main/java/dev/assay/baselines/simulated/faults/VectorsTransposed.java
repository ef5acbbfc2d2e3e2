package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Column-major libraries give rows to callers that are row-major, and singular vectors come as V or as
/// its transpose.
final class VectorsTransposed extends Fault {
    VectorsTransposed() {
        super(
                "vectors-transposed",
                "",
                List.of("relation"),
                List.of("misplaced"),
                "vectors are written as rows where they should be columns, or the other way round",
                "eigh",
                "svd");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        String vectors = call.operator().equals("svd") ? "Vh" : "eigenvectors";
        return Operands.spoiling(plain, vectors, (tensor, given) -> {
            long rows = tensor.shape().dim(-2);
            long columns = tensor.shape().dim(-1);
            for (long i = 0; i < tensor.shape().elements() && rows == columns; i++) {
                long row = i / columns % rows;
                long column = i % columns;
                if (row < column) {
                    long other = i - row * columns - column + column * columns + row;
                    double value = tensor.get(i);
                    tensor.set(i, tensor.get(other));
                    tensor.set(other, value);
                }
            }
        });
    }
}
