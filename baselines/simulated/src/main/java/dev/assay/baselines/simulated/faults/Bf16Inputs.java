package dev.assay.baselines.simulated.faults;

import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// f32 operands are rounded to bf16 although the contract does not say so.
final class Bf16Inputs extends Fault {
    Bf16Inputs() {
        super(
                "bf16-inputs",
                "",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-inputs"),
                "f32 operands are rounded to bf16, undeclared",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.inputs(InputRounding.BF16);
    }
}
