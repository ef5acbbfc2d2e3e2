package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The innermost coordinate comes first elsewhere.
final class CoordinatesReversed extends Fault {
    CoordinatesReversed() {
        super(
                "coordinates-reversed",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "coordinates stand in reverse order",
                "non_zero");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "Y", (found, given) -> {
            long columns = found.shape().dim(1);
            long rows = found.shape().dim(0);
            for (long i = 0; i < rows / 2 * columns; i++) {
                long other = (rows - 1 - i / columns) * columns + i % columns;
                long code = found.codeAt(i);
                found.setCodeAt(i, found.codeAt(other));
                found.setCodeAt(other, code);
            }
        });
    }
}
