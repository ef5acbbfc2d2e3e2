package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// The multiplier takes subnormal operands for zero.
final class FlushInputs extends Fault {
    FlushInputs() {
        super(
                "flush-inputs",
                "M23",
                List.of("bound", "special"),
                List.of("flushed-subnormals"),
                "subnormal operands count as zero, undeclared",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.operands(MatMulNumerics.FLUSHED_OPERANDS);
    }
}
