package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// The result is accumulated in bf16.
final class ValuesAccBf16 extends Fault {
    ValuesAccBf16() {
        super(
                "values-acc-bf16",
                "",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-accumulator"),
                "weighted values are summed in bf16",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.sums(DType.BF16);
    }
}
