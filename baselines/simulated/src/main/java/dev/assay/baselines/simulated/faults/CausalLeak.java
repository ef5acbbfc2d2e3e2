package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The causal mask leaves one future key visible.
final class CausalLeak extends Fault {
    CausalLeak() {
        super(
                "causal-leak",
                "A01",
                List.of("bound"),
                List.of("mask"),
                "the causal mask leaves one key too many visible",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.lastKey((query, offset, queries, keys) -> query + offset + 1);
    }
}
