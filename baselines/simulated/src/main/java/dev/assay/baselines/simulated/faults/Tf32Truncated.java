package dev.assay.baselines.simulated.faults;

import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// The low bits of f32 operands are not read.
final class Tf32Truncated extends Fault {
    Tf32Truncated() {
        super(
                "tf32-truncated",
                "G14",
                List.of("bound", "rms", "bias"),
                List.of("narrow-inputs", "truncation"),
                "f32 operands are cut off to tf32, undeclared",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.inputs(InputRounding.TF32_TOWARD_ZERO);
    }
}
