package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;
import java.util.Optional;

/// Probabilities are not rounded.
final class WideProbabilities extends Variation {
    WideProbabilities() {
        super("wide-probabilities", "42", "probabilities meet the values in f32", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.probabilities(Optional.empty());
    }
}
