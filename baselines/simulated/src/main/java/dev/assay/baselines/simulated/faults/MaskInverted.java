package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The bool mask is read as one of keys to hide.
final class MaskInverted extends Fault {
    MaskInverted() {
        super("mask-inverted", "", List.of("bound"), List.of("mask"), "true in a bool mask hides", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.boolInverted();
    }
}
