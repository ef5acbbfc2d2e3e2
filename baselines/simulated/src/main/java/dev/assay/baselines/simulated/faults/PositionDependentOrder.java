package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import java.util.List;
import java.util.Optional;

/// Rows that do not fill a tile of 16 are left to a vector kernel.
final class PositionDependentOrder extends Fault {
    PositionDependentOrder() {
        super(
                "position-dependent-order",
                "G32",
                List.of("determinism"),
                List.of("batch-dependent"),
                "rows behind the last whole tile of 16 are summed in another order",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.orders(
                (standard, row) -> row.number() < row.rows() / 16 * 16 ? standard : Optional.of(Summations.lanes(4)));
    }
}
