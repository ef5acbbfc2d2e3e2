package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.AttentionNumerics.EmptyRow;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Masked scores are large negative numbers, all equal.
final class EmptyRowMean extends Fault {
    EmptyRowMean() {
        super(
                "empty-row-mean",
                "",
                List.of("exact"),
                List.of("empty-row"),
                "a query that sees no key gives the mean of all values",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.emptyRow(EmptyRow.MEAN);
    }
}
