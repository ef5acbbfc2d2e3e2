package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The statistics leave out the last element of a row.
final class SkipRowTail extends Fault {
    SkipRowTail() {
        super(
                "skip-row-tail",
                "N07",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "the statistics leave out the last element of a row",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.used(length -> length - 1);
    }
}
