package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.tensor.DType;
import java.util.List;

/// Results pass through a register of 11 bits before they are rounded to bf16.
final class DoubleRounding extends Fault {
    DoubleRounding() {
        super(
                "double-rounding",
                "G19",
                List.of("exact", "bound", "contract"),
                List.of("double-rounding"),
                "results are rounded to tf32 and then to bf16",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result(
                (value, output, row, column) -> output == DType.BF16 ? Summations.rounded((float) value, 11) : value);
    }
}
