package dev.assay.baselines.simulated.faults;

import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// f32 operands are rounded to tf32 although the contract does not say so.
final class SilentTf32 extends Fault {
    SilentTf32() {
        super(
                "silent-tf32",
                "G13",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-inputs"),
                "f32 operands lose their low bits to tf32, undeclared",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.inputs(InputRounding.TF32);
    }
}
