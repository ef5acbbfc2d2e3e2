package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Source and destination of a copy change places.
final class BlocksCopiedBack extends Fault {
    BlocksCopiedBack() {
        super(
                "blocks-copied-back",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "blocks are copied from where they should go",
                "copy_blocks");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call, arithmetic, reading -> reading.moved("block_mapping", i -> i % 2 == 0 ? i + 1 : i - 1));
    }
}
