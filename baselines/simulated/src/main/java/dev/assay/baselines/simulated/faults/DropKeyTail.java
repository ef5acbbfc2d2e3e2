package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The last, partial tile of keys is never loaded.
final class DropKeyTail extends Fault {
    DropKeyTail() {
        super(
                "drop-key-tail",
                "G08",
                List.of("exact", "bound"),
                List.of("mask", "terms-missing"),
                "keys behind the last whole tile of 16 are left out",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scoreChange(
                (score, key, keys) -> keys > 16 && key >= keys / 16 * 16 ? Float.NEGATIVE_INFINITY : score);
    }
}
