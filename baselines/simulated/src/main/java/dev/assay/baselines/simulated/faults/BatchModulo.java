package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// A batch that is broadcast is read as if its matrices were repeated in turn.
final class BatchModulo extends Fault {
    BatchModulo() {
        super(
                "batch-modulo",
                "",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "matrices of a broadcast batch are taken in turn",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.batches((left, right, linear, matrices) -> linear % matrices);
    }
}
