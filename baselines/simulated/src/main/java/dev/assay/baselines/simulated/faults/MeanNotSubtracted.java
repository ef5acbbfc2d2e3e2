package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The root mean square normalisation's last step on the right deviation.
final class MeanNotSubtracted extends Fault {
    MeanNotSubtracted() {
        super(
                "mean-not-subtracted",
                "",
                List.of("bound"),
                List.of("offset", "operand-ignored"),
                "the mean is not subtracted",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> x * inverse * weight + bias);
    }
}
