package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The mask is indexed by head and batch instead of batch and head.
final class MaskWrongHead extends Fault {
    MaskWrongHead() {
        super(
                "mask-wrong-head",
                "A20",
                List.of("exact", "bound"),
                List.of("mask", "head-mapping"),
                "batch and head change places in the mask",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.maskRow((batch, head) -> new int[] {head, batch});
    }
}
