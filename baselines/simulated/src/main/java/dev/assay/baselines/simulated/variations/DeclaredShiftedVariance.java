package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
import dev.assay.baselines.simulated.Variation;

/// A difference of moments about the first element, which need not be near the mean, with a contract that says so.
final class DeclaredShiftedVariance extends Variation {
    DeclaredShiftedVariance() {
        super(
                "declared-shifted-variance",
                "50",
                "the first element is subtracted from a row before its moments are taken, as declared",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.method(Method.SHIFTED);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return declared.toBuilder().variance(Variance.SHIFTED).build();
    }
}
