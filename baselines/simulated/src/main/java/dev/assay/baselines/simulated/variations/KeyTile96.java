package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// Tile sizes are free.
final class KeyTile96 extends Variation {
    KeyTile96() {
        super("key-tile-96", "40", "the online softmax works on 96 keys at a time", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.online(true).keyTile(96);
    }
}
