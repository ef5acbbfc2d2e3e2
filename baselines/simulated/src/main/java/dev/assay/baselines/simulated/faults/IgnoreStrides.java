package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;

/// Strided operands are read as if they were dense.
final class IgnoreStrides extends Fault {
    IgnoreStrides() {
        super("ignore-strides", "bound", "operands are read as if they were dense", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.withoutStrides();
    }
}
