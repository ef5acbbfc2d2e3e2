package dev.assay.results.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.SampleRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How much two runs of the same build differ on one machine, measured: what a change must exceed to be
/// one.
///
/// @param schema version of this format
/// @param hwClassId of the machine, as in `env.json`
/// @param backend id of the backend that ran
/// @param backendOptions as in rows
/// @param rounds of each arm
/// @param splits ways in which the rounds were dealt to two equal arms
/// @param seed of the dealing
/// @param noiseFloorPct of all cases together: 95th percentile of what the two arms differed by
/// @param cases in order of case and clock
/// @param peaks of the machine, as far as they were measured
public record Calibration(
        int schema,
        String hwClassId,
        String backend,
        String backendOptions,
        int rounds,
        int splits,
        long seed,
        double noiseFloorPct,
        List<CaseNoise> cases,
        Peaks peaks) {
    public static final int SCHEMA = 1;

    private static final String FIX = "write the file anew with `assay calibrate`";

    public Calibration {
        cases = List.copyOf(cases);
    }

    /// Noise of one case by one clock.
    ///
    /// @param noiseFloorPct 95th percentile of what two equal arms differed by, in per cent
    /// @param sigma standard deviation of the logarithm of the ratio of two rounds, 1.4826 times its
    ///     median absolute deviation
    /// @param detectablePct by number of rounds, the smallest slowdown that is found in 80 % of tries,
    ///     in per cent
    public record CaseNoise(
            String suite,
            String caseId,
            String caseHash,
            long seed,
            String metric,
            String clock,
            double noiseFloorPct,
            double sigma,
            Map<Integer, Double> detectablePct) {
        public CaseNoise {
            detectablePct = Collections.unmodifiableMap(new TreeMap<>(detectablePct));
        }

        /// For any number of rounds, as a logarithm: from the next smaller number that was looked at,
        /// by √(its rounds / these); empty without one.
        ///
        /// @param confidence other than that of the calibration, 95 %, in proportion to what the normal
        ///     distribution asks for
        OptionalDouble detectable(double count, double confidence) {
            if (detectablePct.isEmpty()) {
                return OptionalDouble.empty();
            }
            NavigableMap<Integer, Double> known = new TreeMap<>(detectablePct);
            Map.Entry<Integer, Double> below = known.floorEntry((int) Math.floor(count));
            Map.Entry<Integer, Double> from = below == null ? known.firstEntry() : below;
            double wider = Detectable.logarithm(1, 1, confidence) / Detectable.logarithm(1, 1, 0.95);
            return OptionalDouble.of(wider * Detectable.logarithm(from.getValue()) * Math.sqrt(from.getKey() / count));
        }
    }

    /// What the machine can do.
    ///
    /// @param bytesPerS of memory; empty if it was not measured
    /// @param flopsPerS by dtype
    public record Peaks(@Nullable Double bytesPerS, Map<String, Double> flopsPerS) {
        public static final Peaks UNKNOWN = new Peaks(null, Map.of());

        public Peaks {
            flopsPerS = Collections.unmodifiableMap(new TreeMap<>(flopsPerS));
        }
    }

    /// Of samples of the same build, measured in two or more arms whose rounds were interleaved.
    ///
    /// @param arms samples of each; rounds with the same number belong together
    public static Calibration of(
            String hwClassId, String backend, String backendOptions, List<? extends Collection<SampleRow>> arms) {
        return new NullSplits(arms).calibration(hwClassId, backend, backendOptions);
    }

    /// The same with measured peaks.
    public Calibration with(Peaks measured) {
        return new Calibration(
                schema, hwClassId, backend, backendOptions, rounds, splits, seed, noiseFloorPct, cases, measured);
    }

    /// What is known about a case; empty if it was not among those measured, or has changed since.
    public Optional<CaseNoise> of(String caseId, String caseHash, String metric, String clock) {
        return cases.stream()
                .filter(noise -> noise.caseId().equals(caseId)
                        && noise.caseHash().equals(caseHash)
                        && noise.metric().equals(metric)
                        && noise.clock().equals(clock))
                .findFirst();
    }

    /// Noise floor of a case, in per cent: its own, or that of all cases if it was not among those measured.
    public double floorPct(String caseId, String caseHash, String metric, String clock) {
        return of(caseId, caseHash, metric, clock).map(CaseNoise::noiseFloorPct).orElse(noiseFloorPct);
    }

    public void write(Path file) throws IOException {
        Files.writeString(file, Json.pretty(this), StandardCharsets.UTF_8);
    }

    /// Throws [HarnessException] with file, line and field if it cannot be read.
    public static Calibration read(Path file) throws IOException {
        try {
            Calibration read = Json.STRICT.readValue(Files.readAllBytes(file), Calibration.class);
            if (read == null || read.schema != SCHEMA) {
                throw new HarnessException(
                        "a calibration of schema " + (read == null ? "none" : read.schema) + ", not " + SCHEMA,
                        file.toString(),
                        FIX);
            }
            return read;
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            throw new HarnessException(
                    "the calibration cannot be read: " + e.getOriginalMessage(), file + ", line " + line, FIX, e);
        }
    }
}
