package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Calls;
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
                "attention",
                "varlen_attention",
                "paged_attention",
                "mla_attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.lastKey((query, offset, queries, keys) -> query + offset + 1);
    }

    @Override
    public Call misread(Call call) {
        boolean causal = call.attributes().integer("causal") == 1;
        return causal ? Calls.integer(Calls.integer(call, "causal", 0), "window_right", 1) : call;
    }
}
