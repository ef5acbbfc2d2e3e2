package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// The sum of the exponentials is kept in bf16.
final class DenominatorBf16 extends Fault {
    DenominatorBf16() {
        super(
                "denominator-bf16",
                "N16",
                List.of("bound", "rms", "bias"),
                List.of("narrow-accumulator"),
                "the denominator is summed in bf16",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.total((sum, p, key, keys) -> (float) DType.BF16.round(sum + p));
    }
}
