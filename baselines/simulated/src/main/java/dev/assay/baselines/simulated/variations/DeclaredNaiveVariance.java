package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
import dev.assay.baselines.simulated.Variation;

/// One pass, with a contract that says so.
final class DeclaredNaiveVariance extends Variation {
    DeclaredNaiveVariance() {
        super("declared-naive-variance", "", "the variance is E(x^2) - E(x)^2, as declared", "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.method(Method.NAIVE);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return declared.toBuilder().variance(Variance.NAIVE).build();
    }
}
