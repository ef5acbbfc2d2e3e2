package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Block-wise fixed point, with a contract that says so.
final class DeclaredAligned extends Variation {
    DeclaredAligned() {
        super(
                "declared-aligned",
                "19",
                "products are aligned and cut off 20 bits below the largest, as declared",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.aligned(20, 8));
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return narrow(call)
                ? declared.toBuilder()
                        .accumulator(new Accumulator.Aligned(20, 8))
                        .accumulatorRounding(Rounding.TOWARD_ZERO)
                        .build()
                : declared;
    }
}
