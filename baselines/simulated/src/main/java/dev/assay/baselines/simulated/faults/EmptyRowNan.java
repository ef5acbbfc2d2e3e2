package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.AttentionNumerics.EmptyRow;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A query that sees no key divides zero by zero.
final class EmptyRowNan extends Fault {
    EmptyRowNan() {
        super(
                "empty-row-nan",
                "",
                List.of("exact"),
                List.of("empty-row"),
                "a query that sees no key gives 0/0",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.emptyRow(EmptyRow.NAN);
    }
}
