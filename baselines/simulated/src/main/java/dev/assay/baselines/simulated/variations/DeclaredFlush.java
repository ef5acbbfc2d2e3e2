package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Variation;

/// Flushing on both sides, with a contract that says so.
final class DeclaredFlush extends Variation {
    DeclaredFlush() {
        super("declared-flush", "54", "subnormal operands and results become zero, as declared", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.operands(MatMulNumerics.FLUSHED_OPERANDS).result(MatMulNumerics.FLUSHED_RESULTS);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return narrow(call)
                ? declared.toBuilder().flushesInputs(true).flushesOutputs(true).build()
                : declared;
    }
}
