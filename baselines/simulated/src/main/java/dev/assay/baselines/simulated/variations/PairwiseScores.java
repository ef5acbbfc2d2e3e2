package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;

/// Scores are summed as binary trees.
final class PairwiseScores extends Variation {
    PairwiseScores() {
        super("pairwise-scores", "4", "scores are summed as binary trees", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.summation(Summations.PAIRWISE);
    }
}
