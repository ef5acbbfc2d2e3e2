package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// A negative slot is clamped where it should be skipped.
final class PaddingSlotWritten extends Fault {
    PaddingSlotWritten() {
        super(
                "padding-slot-written",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "tokens without a slot are written to slot 0",
                "reshape_and_cache",
                "concat_and_cache_mla");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call, arithmetic, reading -> reading.whole("slot_mapping", (n, slot) -> Math.max(0, slot)));
    }
}
