package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The softmax is relative to the maximum of the first tile.
final class FirstMaxKept extends Fault {
    FirstMaxKept() {
        super(
                "first-max-kept",
                "A11",
                List.of("bound"),
                List.of("not-rescaled", "overflow"),
                "the maximum of the first tile of 4 keys is never replaced",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.online(true).keyTile(4).keepsFirstMax();
    }
}
