package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Optional;

/// Probabilities meet the values in 8 bits, undeclared.
final class ProbabilitiesF8 extends Fault {
    ProbabilitiesF8() {
        super(
                "probabilities-f8",
                "A16",
                List.of("bound", "rms", "bias", "contract"),
                List.of("narrow-intermediate"),
                "probabilities are rounded to f8e4m3",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.probabilities(Optional.of(DType.F8E4M3));
    }
}
