package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Offsets are kept in too few bits.
final class OffsetWraps extends Fault {
    private static final long OFFSETS = (1 << 16) - 1;

    OffsetWraps() {
        super(
                "offset-wraps",
                "M04",
                List.of("exact"),
                List.of("misplaced"),
                "rows of a table lie at offsets of 16 bits",
                "embedding");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            long width = reading.tensor("table").shape().dim(1);
            return reading.whole("ids", (i, id) -> (id * width & OFFSETS) / width);
        });
    }
}
