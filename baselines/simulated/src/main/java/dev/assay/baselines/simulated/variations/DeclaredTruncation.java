package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Accumulators that cut off, with a contract that says so.
final class DeclaredTruncation extends Variation {
    DeclaredTruncation() {
        super("declared-truncation", "18", "each addition is cut off, as declared", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.TRUNCATING);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return narrow(call)
                ? declared.toBuilder()
                        .accumulator(new Accumulator.Wide())
                        .accumulatorRounding(Rounding.TOWARD_ZERO)
                        .build()
                : declared;
    }
}
