package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;

/// Epsilon is added outside the square root.
final class EpsilonOutside extends Fault {
    EpsilonOutside() {
        super(
                "epsilon-outside",
                "bound",
                "epsilon is added to the deviation instead of the variance",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.withEpsilonOutside();
    }
}
