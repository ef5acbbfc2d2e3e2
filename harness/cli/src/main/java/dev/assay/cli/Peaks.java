package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.plan.MeasuredPeaks;
import dev.assay.engine.run.Environment;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.compare.Calibration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Peaks out of files of calibrations.
final class Peaks {
    private Peaks() {}

    /// Throws [EnvironmentException] for a calibration of another kind of machine, and [HarnessException] for one that
    /// cannot be read or is of no backend of the run.
    static List<MeasuredPeaks> read(List<Path> files, List<BackendRef> backends) {
        List<MeasuredPeaks> peaks = new ArrayList<>();
        for (Path file : files) {
            Calibration read = calibration(file);
            String here = Environment.here().hardwareClassId();
            if (!read.hwClassId().equals(here)) {
                throw new EnvironmentException(
                        "the calibration is of a machine of the kind '" + read.hwClassId() + "', and this one is of '"
                                + here + "'",
                        "--calibration " + file,
                        "calibrate here with `assay calibrate`");
            }
            Double bytes = read.peaks().bytesPerS();
            MeasuredPeaks measured = new MeasuredPeaks(
                    read.backend(),
                    read.backendOptions(),
                    bytes == null ? 0 : bytes,
                    read.peaks().flopsPerS(),
                    read.noiseFloorPct());
            if (backends.stream().noneMatch(measured::isOf)) {
                throw new HarnessException(
                        "the calibration is of '" + new BackendRef(read.backend(), read.backendOptions()).label()
                                + "', which does not run here",
                        "--calibration " + file,
                        "leave it away, or give that of one of "
                                + backends.stream().map(BackendRef::label).toList());
            }
            if (peaks.stream()
                    .anyMatch(other -> other.backend().equals(measured.backend())
                            && other.options().equals(measured.options()))) {
                throw new HarnessException(
                        "two calibrations of the same backend", "--calibration " + file, "give one of them");
            }
            peaks.add(measured);
        }
        return peaks;
    }

    private static Calibration calibration(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new HarnessException(
                    "there is no file '" + file + "'", "--calibration", "`assay calibrate -o " + file + "` writes it");
        }
        try {
            return Calibration.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException("the calibration cannot be read", e);
        }
    }
}
