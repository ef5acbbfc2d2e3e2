package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.tensor.DType;
import java.util.List;

/// A row is shared by four cores that exchange bf16.
final class RowPartialsBf16 extends Fault {
    RowPartialsBf16() {
        super(
                "row-partials-bf16",
                "",
                List.of("bound"),
                List.of("narrow-partials"),
                "sums of quarters of a row are rounded to bf16",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.summation(Summations.split(4, DType.BF16));
    }
}
