package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Variation;
import java.util.List;

/// Nobody reads what belongs to no request.
final class PaddingSequences extends Variation {
    PaddingSequences() {
        super("padding-sequences", "58", "rows of a sequence that is padding hold ones", "causal_conv1d");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        List<Long> starts = call.constants().getOrDefault("query_start_loc", List.of());
        List<Long> slots = call.constants().getOrDefault("cache_indices", List.of());
        long padding = call.attributes().integer("pad_slot_id");
        return Operands.spoiling(plain, "out", (out, given) -> {
            long dim = out.shape().dim(1);
            for (int n = 0; n < slots.size(); n++) {
                for (long i = starts.get(n) * dim; slots.get(n) == padding && i < starts.get(n + 1) * dim; i++) {
                    out.set(i, 1);
                }
            }
        });
    }
}
