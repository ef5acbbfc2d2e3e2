package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The padding of the last tile of keys has a probability.
final class PaddedKeysCounted extends Fault {
    PaddedKeysCounted() {
        super(
                "padded-keys-counted",
                "N14",
                List.of("bound"),
                List.of("mask", "terms-repeated"),
                "keys that fill up a tile of 16 count with a score of 0",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.phantoms(keys -> -keys & 15);
    }
}
