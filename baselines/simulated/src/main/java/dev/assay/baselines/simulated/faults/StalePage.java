package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The page table is read one entry too early.
final class StalePage extends Fault {
    StalePage() {
        super(
                "stale-page",
                "",
                List.of("bound", "exact"),
                List.of("misplaced"),
                "pages but the first are read where the one before them lies",
                "paged_attention",
                "mla_attention",
                "gather_cache");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            long width = reading.tensor("block_table").shape().dim(1);
            return reading.moved("block_table", i -> i % width == 0 ? i : i - 1);
        });
    }
}
