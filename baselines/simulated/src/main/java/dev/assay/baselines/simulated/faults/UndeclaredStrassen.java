package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// A fast algorithm whose error is small against the largest terms only. It adds rows of different halves before it
/// multiplies, so that a row depends on another one.
final class UndeclaredStrassen extends Fault {
    UndeclaredStrassen() {
        super(
                "undeclared-strassen",
                "G31",
                List.of("bound", "determinism", "contract"),
                List.of("narrow-accumulator"),
                "products are formed by one level of Strassen's scheme, undeclared",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.strassen();
    }
}
