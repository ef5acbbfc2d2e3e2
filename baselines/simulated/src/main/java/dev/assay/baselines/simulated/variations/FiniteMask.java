package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// Their exponentials vanish as soon as a key is seen.
final class FiniteMask extends Variation {
    FiniteMask() {
        super("finite-mask", "44", "hidden keys have a score of -1e30 rather than none", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.finiteMask();
    }
}
