package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// As where the product with the values is a matrix product of its own.
final class ValuesInTiles extends Variation {
    ValuesInTiles() {
        super("values-in-tiles", "5", "a tile's weighted values are summed from zero and then added", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.valuesInTiles().online(true).keyTile(32);
    }
}
