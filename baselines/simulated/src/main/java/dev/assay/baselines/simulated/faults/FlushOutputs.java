package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// Results below the smallest normal number become zero.
final class FlushOutputs extends Fault {
    FlushOutputs() {
        super(
                "flush-outputs",
                "M23",
                List.of("bound", "special"),
                List.of("flushed-subnormals"),
                "subnormal results become zero, undeclared",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result(MatMulNumerics.FLUSHED_RESULTS);
    }
}
