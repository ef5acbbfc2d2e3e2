package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Variation;

/// tf32 to nearest even, with a contract that says so.
final class DeclaredTf32 extends Variation {
    DeclaredTf32() {
        super("declared-tf32", "20", "f32 operands are rounded to tf32, as declared", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.inputs(InputRounding.TF32);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return narrow(call) ? declared.toBuilder().inputs(InputRounding.TF32).build() : declared;
    }
}
