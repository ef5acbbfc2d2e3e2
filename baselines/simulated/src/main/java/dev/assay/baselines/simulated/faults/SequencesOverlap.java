package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The cumulative lengths are read with one too few.
final class SequencesOverlap extends Fault {
    SequencesOverlap() {
        super(
                "sequences-overlap",
                "A31",
                List.of("bound", "exact"),
                List.of("mask", "misplaced"),
                "sequences but the first begin a token early, in the one before",
                "varlen_attention",
                "causal_conv1d");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String starts = reading.has("cu_seqlens_k") ? "cu_seqlens_k" : "query_start_loc";
            long last = reading.tensor(starts).shape().elements() - 1;
            return reading.whole(starts, (n, start) -> n < last && start > 0 ? start - 1 : start);
        });
    }
}
