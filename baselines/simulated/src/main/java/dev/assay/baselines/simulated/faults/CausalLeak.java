package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;

/// The causal mask leaves one future key visible.
final class CausalLeak extends Fault {
    CausalLeak() {
        super("causal-leak", "bound", "the causal mask leaves one key too many visible", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.edit().lastKey(right -> right + 1).done();
    }
}
