package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// A bias from an earlier launch is still applied.
final class SmallOffset extends Fault {
    SmallOffset() {
        super(
                "small-offset",
                "",
                List.of("exact", "bound", "bias"),
                List.of("offset"),
                "2^-7 is added to every result",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result((value, output, row, column) -> value + 0x1p-7);
    }
}
