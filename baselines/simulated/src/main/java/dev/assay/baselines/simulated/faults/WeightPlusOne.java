package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// A convention of another model: weights are stored less one.
final class WeightPlusOne extends Fault {
    WeightPlusOne() {
        super(
                "weight-plus-one",
                "N08",
                List.of("bound"),
                List.of("scale", "operand-ignored"),
                "one is added to the weight",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> (x - mean) * inverse * (weight + 1) + bias);
    }
}
