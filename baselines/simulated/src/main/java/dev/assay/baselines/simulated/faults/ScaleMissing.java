package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The scale is left out.
final class ScaleMissing extends Fault {
    ScaleMissing() {
        super(
                "scale-missing",
                "A13",
                List.of("bound", "rms", "bias"),
                List.of("scale"),
                "scores are not scaled",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scale((right, headSize) -> 1);
    }
}
