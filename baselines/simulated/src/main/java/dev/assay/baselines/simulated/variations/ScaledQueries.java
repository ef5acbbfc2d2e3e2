package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// The scale is applied before the product.
final class ScaledQueries extends Variation {
    ScaledQueries() {
        super("scaled-queries", "26", "queries are scaled rather than scores", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scalesQueries();
    }
}
