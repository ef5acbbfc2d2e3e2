package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// The batch stride of the right operand is 0.
final class FirstMatrixOnly extends Fault {
    FirstMatrixOnly() {
        super(
                "first-matrix-only",
                "",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "every matrix of a batch is multiplied with the first right one",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.batches((left, right, linear, matrices) -> left ? right : 0);
    }
}
