package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The sum of the exponentials ends one key early.
final class DenominatorMissesKey extends Fault {
    DenominatorMissesKey() {
        super(
                "denominator-misses-key",
                "",
                List.of("bound"),
                List.of("terms-missing", "scale"),
                "the denominator leaves out the last key",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.total((sum, p, key, keys) -> key == keys - 1 ? sum : sum + p);
    }
}
