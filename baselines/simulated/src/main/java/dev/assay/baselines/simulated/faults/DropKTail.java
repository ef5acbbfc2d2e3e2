package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.MatMulNumerics.Terms;
import java.util.List;

/// The last, partial tile along k is left out.
final class DropKTail extends Fault {
    DropKTail() {
        super(
                "drop-k-tail",
                "G08",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "terms behind the last whole tile of k are left out",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.terms((k, tile) -> Terms.all(k / tile * tile));
    }
}
