package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// Sums are rescaled only when the maximum has grown by more than 8.
final class LazyRescale extends Variation {
    LazyRescale() {
        super("lazy-rescale", "41", "sums are rescaled only when the maximum has grown by more than 8", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.online(true).keyTile(16).lazyRescale(8);
    }
}
