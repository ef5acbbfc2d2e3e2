package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import java.util.List;

/// Partial sums are added without an atomic operation, and some are overwritten.
final class LostAtomicUpdate extends Fault {
    LostAtomicUpdate() {
        super(
                "lost-atomic-update",
                "A26",
                List.of("bound", "determinism"),
                List.of("terms-missing", "sporadic"),
                "one atomic addition in 512 is lost",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.losing(8, 512));
    }
}
