package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The last, partial tile of queries is never launched.
final class SkipQueryTail extends Fault {
    SkipQueryTail() {
        super(
                "skip-query-tail",
                "",
                List.of("memory"),
                List.of("unwritten"),
                "queries behind the last whole tile of 16 are not written",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.written((query, queries) -> query < queries / 16 * 16);
    }
}
