package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
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
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.keyHead((head, queryHeads, keyHeads) -> head % keyHeads);
    }
}
