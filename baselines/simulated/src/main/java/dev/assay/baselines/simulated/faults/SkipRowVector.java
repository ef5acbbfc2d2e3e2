package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The tail of a row is left out of the sums.
final class SkipRowVector extends Fault {
    SkipRowVector() {
        super(
                "skip-row-vector",
                "N07",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "the statistics leave out what does not fill a vector of 8",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.used(length -> length / 8 * 8);
    }
}
