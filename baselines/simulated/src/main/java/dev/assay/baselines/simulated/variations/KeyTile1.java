package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// Tile sizes are free.
final class KeyTile1 extends Variation {
    KeyTile1() {
        super("key-tile-1", "40", "the online softmax works on one key at a time", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.online(true).keyTile(1);
    }
}
