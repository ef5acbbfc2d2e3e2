package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.KeyHeads;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Query head h reads key head h modulo g.
final class WrongKvHead extends Fault {
    WrongKvHead() {
        super(
                "wrong-kv-head",
                "A17",
                List.of("exact", "bound"),
                List.of("head-mapping"),
                "query heads take turns at the key heads instead of sharing them in groups",
                "attention",
                "flex_attention",
                "varlen_attention",
                "paged_attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.keyHead((head, queryHeads, keyHeads) -> head % keyHeads);
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call, arithmetic, reading -> KeyHeads.repeated(reading, (head, heads, shared) -> head % shared));
    }
}
