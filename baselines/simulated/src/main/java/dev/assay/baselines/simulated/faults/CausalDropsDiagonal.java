package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;

/// The causal mask hides the query's own key.
final class CausalDropsDiagonal extends Fault {
    CausalDropsDiagonal() {
        super("causal-drops-diagonal", "bound", "the causal mask hides the diagonal", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.edit().lastKey(right -> right - 1).done();
    }
}
