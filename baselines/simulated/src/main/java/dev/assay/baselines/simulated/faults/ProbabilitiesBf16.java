package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Optional;

/// Probabilities meet the values in bf16, undeclared.
final class ProbabilitiesBf16 extends Fault {
    ProbabilitiesBf16() {
        super(
                "probabilities-bf16",
                "A16",
                List.of("bound", "rms", "bias", "contract"),
                List.of("narrow-intermediate"),
                "probabilities are rounded to bf16",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.probabilities(Optional.of(DType.BF16));
    }
}
