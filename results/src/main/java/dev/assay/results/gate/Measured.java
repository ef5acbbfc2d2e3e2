package dev.assay.results.gate;

import dev.assay.results.RunFolder;
import dev.assay.results.compare.Calibration;
import java.util.List;
import java.util.Optional;

/// What was measured besides the two runs that are compared.
///
/// @param calibrations of the noise of machine and backends
/// @param confirming fresh rounds of what regressed; these alone decide about it then
public record Measured(List<Calibration> calibrations, Optional<Fresh> confirming) {
    public static final Measured NOTHING = new Measured(List.of(), Optional.empty());

    public Measured {
        calibrations = List.copyOf(calibrations);
    }

    /// Fresh rounds of both sides.
    public record Fresh(RunFolder base, RunFolder candidate) {}
}
