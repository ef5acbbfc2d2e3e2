package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// Scores are stored in f16 before the softmax.
final class ScoresF16 extends Fault {
    ScoresF16() {
        super(
                "scores-f16",
                "A14",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate", "overflow"),
                "scores are rounded to f16",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scores(DType.F16);
    }
}
