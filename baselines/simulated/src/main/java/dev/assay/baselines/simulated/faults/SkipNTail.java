package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;

/// The last, partial tile along n is not written.
final class SkipNTail extends Fault {
    SkipNTail() {
        super("skip-n-tail", "memory", "columns behind the last whole tile of n are not written", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.withStore((column, columns, tile) -> column < columns / tile * tile ? column : -1);
    }
}
