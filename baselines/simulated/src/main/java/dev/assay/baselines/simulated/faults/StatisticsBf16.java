package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.tensor.DType;
import java.util.List;

/// Mean and inverse deviation are kept in bf16.
final class StatisticsBf16 extends Fault {
    StatisticsBf16() {
        super(
                "statistics-bf16",
                "N05",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate"),
                "mean and inverse deviation are kept in bf16",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.statistics(DType.BF16);
    }
}
