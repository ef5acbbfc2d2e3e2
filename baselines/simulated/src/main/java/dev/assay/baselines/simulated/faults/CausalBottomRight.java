package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The last query sees the last key, however many of either there are.
final class CausalBottomRight extends Fault {
    CausalBottomRight() {
        super(
                "causal-bottom-right",
                "",
                List.of("bound"),
                List.of("mask"),
                "the causal border ends in the lower right corner",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.lastKey((query, offset, queries, keys) -> query + keys - queries);
    }
}
