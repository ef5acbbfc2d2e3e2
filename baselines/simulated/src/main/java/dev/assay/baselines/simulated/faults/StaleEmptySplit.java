package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.AttentionNumerics.Merge;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A part of the keys that is empty does not write its log-sum-exp.
final class StaleEmptySplit extends Fault {
    StaleEmptySplit() {
        super(
                "stale-empty-split",
                "A10",
                List.of("bound"),
                List.of("not-rescaled"),
                "of four parts of the keys, those that see none count with a log-sum-exp of 0",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.splits((batch, keys) -> 4).merge(Merge.STALE_EMPTY);
    }
}
