package dev.assay.results.compare;

import dev.assay.results.CaseRow;
import dev.assay.results.compare.Calibration.CaseNoise;
import dev.assay.results.compare.RoundValues.Watch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// What calibrations say about the noise of a case.
final class NoiseFloors {
    private final List<Calibration> calibrations;
    private final double confidence;
    private final Map<Of, CaseNoise> byCase = new HashMap<>();

    /// @param floor as a logarithm; empty without a calibration
    /// @param detectable change, as a logarithm; empty if this case was not calibrated
    record Noise(OptionalDouble floor, OptionalDouble detectable) {}

    private record Of(
            String backend, String backendOptions, String suite, String caseId, String caseHash, Watch watch) {}

    NoiseFloors(Pair pair) {
        confidence = pair.options().confidence();
        calibrations = pair.options().calibrations().stream()
                .filter(calibration ->
                        calibration.hwClassId().equals(pair.candidate().hwClassId()))
                .toList();
        for (Calibration calibration : calibrations) {
            for (CaseNoise noise : calibration.cases()) {
                byCase.put(
                        new Of(
                                calibration.backend(),
                                calibration.backendOptions(),
                                noise.suite(),
                                noise.caseId(),
                                noise.caseHash(),
                                new Watch(noise.metric(), noise.clock())),
                        noise);
            }
        }
    }

    /// A case that was not calibrated has the floor of all that were. Fewer rounds than were calibrated
    /// with have a floor that is higher by √(rounds calibrated / rounds); more have the same one, as
    /// what disturbs neighbouring rounds together does not shrink with their number.
    Noise of(CaseRow row, Watch watch, double rounds) {
        Optional<Calibration> calibration = calibrations.stream()
                .filter(one -> one.backend().equals(row.backend())
                        && one.backendOptions().equals(row.backendOptions()))
                .findFirst();
        if (calibration.isEmpty()) {
            return new Noise(OptionalDouble.empty(), OptionalDouble.empty());
        }
        double fewer = Math.sqrt(Math.max(1, calibration.get().rounds() / rounds));
        CaseNoise own = byCase.get(
                new Of(row.backend(), row.backendOptions(), row.suite(), row.caseId(), row.caseHash(), watch));
        double pct = own == null ? calibration.get().noiseFloorPct() : own.noiseFloorPct();
        return new Noise(
                OptionalDouble.of(fewer * Detectable.logarithm(pct)),
                own == null ? OptionalDouble.empty() : own.detectable(rounds, confidence));
    }
}
