package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The tail of a row is not written.
final class SkipLastVector extends Fault {
    SkipLastVector() {
        super(
                "skip-last-vector",
                "",
                List.of("memory"),
                List.of("unwritten"),
                "elements that do not fill a vector of 8 are not written",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.written(length -> length / 8 * 8);
    }
}
