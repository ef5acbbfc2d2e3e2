package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The causal mask works by tiles of 16 keys.
final class MaskRoundedToTile extends Fault {
    MaskRoundedToTile() {
        super(
                "mask-rounded-to-tile",
                "A05",
                List.of("bound"),
                List.of("mask"),
                "the causal border is rounded up to tiles of 16 keys",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.lastKey((query, offset, queries, keys) -> query + offset | 15);
    }
}
