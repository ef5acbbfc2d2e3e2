package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// The last row is left to a block that is never launched.
final class SkipLastRow extends Fault {
    SkipLastRow() {
        super(
                "skip-last-row",
                "",
                List.of("memory"),
                List.of("unwritten"),
                "the last row of a result is not written",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.store((row, column, rows, columns, tile) -> row == rows - 1 ? -1 : row * columns + column);
    }
}
