package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A tile of 128 keys of which half exist loses their scores.
final class TailScoredZero extends Fault {
    TailScoredZero() {
        super(
                "tail-scored-zero",
                "A08",
                List.of("bound"),
                List.of("mask"),
                "the last 64 keys score 0 where keys % 128 is 64",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scoreChange((score, key, keys) -> keys % 128 == 64 && key >= keys - 64 ? 0 : score);
    }
}
