package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.tensor.DType;

/// Mean and inverse deviation are kept in bf16.
final class StatisticsBf16 extends Fault {
    StatisticsBf16() {
        super("statistics-bf16", "bound", "mean and inverse deviation are kept in bf16", "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.withStatistics(DType.BF16);
    }
}
