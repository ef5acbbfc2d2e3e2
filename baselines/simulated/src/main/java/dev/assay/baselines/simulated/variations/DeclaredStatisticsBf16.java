package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// bf16 statistics, with a contract that says so.
final class DeclaredStatisticsBf16 extends Variation {
    DeclaredStatisticsBf16() {
        super(
                "declared-statistics-bf16",
                "",
                "mean and inverse deviation are kept in bf16, as declared",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.statistics(DType.BF16);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return declared.toBuilder().statistics(Stored.as(DType.BF16)).build();
    }
}
