package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The causal mask hides the query's own key.
final class CausalDropsDiagonal extends Fault {
    CausalDropsDiagonal() {
        super(
                "causal-drops-diagonal",
                "A02",
                List.of("bound"),
                List.of("mask"),
                "the causal mask hides the diagonal",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.lastKey((query, offset, queries, keys) -> query + offset - 1);
    }
}
