package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The causal mask counts queries from the first key.
final class CausalIgnoresOffset extends Fault {
    CausalIgnoresOffset() {
        super(
                "causal-ignores-offset",
                "",
                List.of("bound"),
                List.of("mask"),
                "the causal border ignores the past",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.lastKey((query, offset, queries, keys) -> query);
    }
}
