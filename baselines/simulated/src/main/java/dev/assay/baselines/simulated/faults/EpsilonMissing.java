package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// Epsilon is left out.
final class EpsilonMissing extends Fault {
    EpsilonMissing() {
        super(
                "epsilon-missing",
                "N04",
                List.of("bound", "contract"),
                List.of("epsilon"),
                "epsilon is not added",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.inverse((variance, epsilon) -> 1 / (float) Math.sqrt(variance));
    }
}
