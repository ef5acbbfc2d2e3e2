package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// A clamp with a maximum that prefers numbers swallows NaN.
final class NanLost extends Fault {
    NanLost() {
        super("nan-lost", "", List.of("special"), List.of("special-values"), "NaN results become 0", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result((value, output, row, column) -> Double.isNaN(value) ? 0 : value);
    }
}
