package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The weight is part of the inverse deviation and applied again.
final class WeightTwice extends Fault {
    WeightTwice() {
        super(
                "weight-twice",
                "",
                List.of("bound"),
                List.of("operand-ignored"),
                "the weight is applied twice",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> (x - mean) * inverse * weight * weight + bias);
    }
}
