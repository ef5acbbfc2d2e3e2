package dev.assay.baselines.simulated.faults;

import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;

/// f32 operands are rounded to tf32 although the contract does not say so.
final class SilentTf32 extends Fault {
    SilentTf32() {
        super("silent-tf32", "bound", "f32 operands lose their low bits to tf32, undeclared", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.withInputs(InputRounding.TF32);
    }
}
