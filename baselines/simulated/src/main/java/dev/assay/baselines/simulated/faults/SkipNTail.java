package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// The last, partial tile along n is not written.
final class SkipNTail extends Fault {
    SkipNTail() {
        super(
                "skip-n-tail",
                "G11",
                List.of("memory", "exact"),
                List.of("unwritten"),
                "columns behind the last whole tile of n are not written",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.store(
                (row, column, rows, columns, tile) -> column < columns / tile * tile ? row * columns + column : -1);
    }
}
