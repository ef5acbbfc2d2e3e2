package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The lengths of the sequences are not read.
final class PaddingIgnored extends Fault {
    PaddingIgnored() {
        super(
                "padding-ignored",
                "A22",
                List.of("bound", "special"),
                List.of("mask"),
                "keys that are not in use are seen",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.used((right, keys) -> keys);
    }
}
