package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The slot of a new token is off by one.
final class PresentMisplaced extends Fault {
    PresentMisplaced() {
        super(
                "present-misplaced",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "new keys and values are stored one row off in the caches",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.presentRow((row, past, keys) -> row < past ? row : past + (row - past + 1) % (keys - past));
    }
}
