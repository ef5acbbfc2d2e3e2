package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Hidden keys get a probability of 0, which NaN and infinities survive.
final class HiddenNanLeaks extends Fault {
    HiddenNanLeaks() {
        super(
                "hidden-nan-leaks",
                "A07",
                List.of("special"),
                List.of("special-values"),
                "values of hidden keys are multiplied by 0",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.multipliesHidden();
    }
}
