package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Heads and queries change places in the result.
final class HeadsFirst extends Fault {
    HeadsFirst() {
        super(
                "heads-first",
                "",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "3-D results are stored as if they had 4 dimensions",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.headsFirst();
    }
}
