package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The soft cap comes before the scale.
final class SoftcapFirst extends Fault {
    SoftcapFirst() {
        super(
                "softcap-first",
                "A19",
                List.of("bound"),
                List.of("scale"),
                "scores are capped before they are scaled",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.capsFirst();
    }
}
