package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// Strided operands are read as if they were dense.
final class IgnoreStrides extends Fault {
    IgnoreStrides() {
        super(
                "ignore-strides",
                "G22",
                List.of("exact", "bound"),
                List.of("strides-ignored"),
                "operands are read as if they were dense",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.withoutStrides();
    }
}
