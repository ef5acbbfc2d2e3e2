package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.AttentionNumerics.Merge;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Natural logarithms are put together as if they were binary.
final class MergeBaseTwo extends Fault {
    MergeBaseTwo() {
        super(
                "merge-base-two",
                "A32",
                List.of("bound"),
                List.of("not-rescaled"),
                "four parts of the keys are weighted by 2 to their log-sum-exps",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.splits((batch, keys) -> 4).merge(Merge.BASE_TWO);
    }
}
