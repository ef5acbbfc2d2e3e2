package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.tensor.DType;
import java.util.List;

/// Only the left operand goes through a narrow buffer.
final class Bf16Left extends Fault {
    Bf16Left() {
        super(
                "bf16-left",
                "",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-inputs"),
                "the left f32 operand is rounded to bf16, undeclared",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.operands(
                (value, dtype, left) -> left && dtype == DType.F32 ? (float) DType.BF16.round(value) : value);
    }
}
