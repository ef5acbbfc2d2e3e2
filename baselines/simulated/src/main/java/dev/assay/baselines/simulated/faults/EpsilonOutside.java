package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// Epsilon is added outside the square root.
final class EpsilonOutside extends Fault {
    EpsilonOutside() {
        super(
                "epsilon-outside",
                "N04",
                List.of("bound", "contract"),
                List.of("epsilon"),
                "epsilon is added to the deviation instead of the variance",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.inverse((variance, epsilon) -> 1 / ((float) Math.sqrt(variance) + epsilon));
    }
}
