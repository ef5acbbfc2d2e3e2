package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The bias is left out.
final class BiasIgnored extends Fault {
    BiasIgnored() {
        super(
                "bias-ignored",
                "",
                List.of("bound"),
                List.of("operand-ignored"),
                "the bias is not added",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> (x - mean) * inverse * weight);
    }
}
