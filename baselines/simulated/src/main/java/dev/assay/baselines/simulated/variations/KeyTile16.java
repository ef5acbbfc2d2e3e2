package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// The online softmax works on 16 keys at a time.
final class KeyTile16 extends Variation {
    KeyTile16() {
        super("key-tile-16", "40", "the online softmax works on 16 keys at a time", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.online(true).keyTile(16);
    }
}
