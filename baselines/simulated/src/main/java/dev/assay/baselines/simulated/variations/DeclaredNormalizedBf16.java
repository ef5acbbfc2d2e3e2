package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// Rounded before the weight, with a contract that says so.
final class DeclaredNormalizedBf16 extends Variation {
    DeclaredNormalizedBf16() {
        super(
                "declared-normalized-bf16",
                "",
                "normalised values are rounded to bf16 before they are weighted, as declared",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) ->
                (float) DType.BF16.round((x - mean) * inverse) * weight + bias);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return declared.toBuilder().normalized(Stored.as(DType.BF16)).build();
    }
}
