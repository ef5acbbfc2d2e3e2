package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The loop over segments ends one early.
final class LastSegmentDropped extends Fault {
    LastSegmentDropped() {
        super(
                "last-segment-dropped",
                "",
                List.of("exact", "bound"),
                List.of("terms-missing", "misplaced"),
                "the last row of results is left at 0",
                "segment_reduce",
                "spmm");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, call.outputs().getFirst().name(), (found, given) -> {
            long rows = found.shape().dim(0);
            long width = rows == 0 ? 0 : found.shape().elements() / rows;
            for (long i = Math.max(0, rows - 1) * width; i < rows * width; i++) {
                found.set(i, 0);
            }
        });
    }
}
