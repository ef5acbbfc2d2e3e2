package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// Narrow partial sums, with a contract that says so.
final class DeclaredPartialsBf16 extends Variation {
    DeclaredPartialsBf16() {
        super("declared-partials-bf16", "7", "partial sums of four splits are rounded to bf16, as declared", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.split(4, DType.BF16));
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return narrow(call)
                ? declared.toBuilder().partials(Stored.as(DType.BF16), 4).build()
                : declared;
    }
}
