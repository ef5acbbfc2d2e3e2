package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Optional;

/// The heuristic that picks a kernel looks at the number of rows.
final class BatchDependentOrder extends Fault {
    BatchDependentOrder() {
        super(
                "batch-dependent-order",
                "G32",
                List.of("determinism"),
                List.of("batch-dependent"),
                "the split along k depends on the number of rows",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.orders((standard, row) -> {
            int parts = row.rows() <= 8 ? 8 : row.rows() <= 32 ? 4 : 1;
            return parts == 1 ? standard : Optional.of(Summations.split(parts, DType.F32));
        });
    }
}
