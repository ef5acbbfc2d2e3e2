package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Exponentials;
import dev.assay.baselines.simulated.Variation;

/// Exponentials are powers of two of the scaled distance from the maximum.
final class Exp2 extends Variation {
    Exp2() {
        super("exp2", "31", "exponentials are powers of two", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.exp(Exponentials.BASE_TWO);
    }
}
