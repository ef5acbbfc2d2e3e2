package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Scores are scaled as for a padded head size.
final class WrongScale extends Fault {
    WrongScale() {
        super(
                "wrong-scale",
                "A13",
                List.of("bound", "rms", "bias"),
                List.of("scale"),
                "scores are scaled for a head size one larger",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scale((right, headSize) -> right * Math.sqrt(headSize / (headSize + 1.0)));
    }
}
