package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.tensor.DType;
import java.util.List;

/// The normalised row is stored in bf16, undeclared.
final class NormalizedBf16 extends Fault {
    NormalizedBf16() {
        super(
                "normalized-bf16",
                "",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate"),
                "normalised values are rounded to bf16 before they are weighted",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) ->
                (float) DType.BF16.round((x - mean) * inverse) * weight + bias);
    }
}
