package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The length of a sequence is read as the last index.
final class PaddingOffByOne extends Fault {
    PaddingOffByOne() {
        super(
                "padding-off-by-one",
                "A31",
                List.of("bound"),
                List.of("mask"),
                "one key that is not in use is seen",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.used((right, keys) -> Math.min(keys, right + 1));
    }
}
