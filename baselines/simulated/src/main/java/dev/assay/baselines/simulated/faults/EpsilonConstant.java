package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The attribute is ignored.
final class EpsilonConstant extends Fault {
    EpsilonConstant() {
        super(
                "epsilon-constant",
                "M07",
                List.of("bound", "contract"),
                List.of("epsilon"),
                "epsilon is 1e-5 whatever the attribute says",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.inverse((variance, epsilon) -> 1 / (float) Math.sqrt(variance + 1e-5f));
    }
}
