package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The stride of the value heads is 0.
final class FirstValueHead extends Fault {
    FirstValueHead() {
        super(
                "first-value-head",
                "A17",
                List.of("exact", "bound"),
                List.of("head-mapping"),
                "all query heads read the first value head",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.valueHead((head, queryHeads, keyHeads) -> 0);
    }
}
