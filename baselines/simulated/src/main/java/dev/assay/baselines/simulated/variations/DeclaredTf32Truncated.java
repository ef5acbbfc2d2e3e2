package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Variation;

/// tf32 toward zero, with a contract that says so.
final class DeclaredTf32Truncated extends Variation {
    DeclaredTf32Truncated() {
        super("declared-tf32-truncated", "20", "f32 operands are cut off to tf32, as declared", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.inputs(InputRounding.TF32_TOWARD_ZERO);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return narrow(call)
                ? declared.toBuilder().inputs(InputRounding.TF32_TOWARD_ZERO).build()
                : declared;
    }
}
