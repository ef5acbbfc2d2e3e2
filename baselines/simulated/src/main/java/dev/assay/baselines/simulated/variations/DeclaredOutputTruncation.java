package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Variation;

/// The final conversion cuts off, with a contract that says so.
final class DeclaredOutputTruncation extends Variation {
    DeclaredOutputTruncation() {
        super("declared-output-truncation", "53", "results are cut off, as declared", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result(MatMulNumerics.TRUNCATED_RESULTS);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return narrow(call)
                ? declared.toBuilder().outputRounding(Rounding.TOWARD_ZERO).build()
                : declared;
    }
}
