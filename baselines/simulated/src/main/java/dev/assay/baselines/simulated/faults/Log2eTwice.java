package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The factor log2 e is part of the scale and of the exponential.
final class Log2eTwice extends Fault {
    Log2eTwice() {
        super(
                "log2e-twice",
                "A13",
                List.of("bound", "rms", "bias"),
                List.of("scale"),
                "scores are multiplied by log2 e once too often",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scale((right, headSize) -> right / Math.log(2));
    }
}
