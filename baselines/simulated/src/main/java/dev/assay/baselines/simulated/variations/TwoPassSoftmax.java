package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;

/// The maximum is found in a pass of its own.
final class TwoPassSoftmax extends Variation {
    TwoPassSoftmax() {
        super("two-pass-softmax", "40", "the maximum is found in a pass of its own", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.online(false);
    }
}
