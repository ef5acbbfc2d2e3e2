package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Exponentials;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A fast exponential, undeclared.
final class RoughExp extends Fault {
    RoughExp() {
        super(
                "rough-exp",
                "N17",
                List.of("bound", "rms", "bias"),
                List.of("rough-function"),
                "exponentials are cubic polynomials, right to 2^-13.7",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.exp(Exponentials.CUBIC);
    }
}
