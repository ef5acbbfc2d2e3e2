package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.tensor.DType;
import java.util.List;

/// The statistics are stored in f16.
final class StatisticsF16 extends Fault {
    StatisticsF16() {
        super(
                "statistics-f16",
                "N05",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate", "overflow"),
                "mean and inverse deviation are kept in f16",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.statistics(DType.F16);
    }
}
