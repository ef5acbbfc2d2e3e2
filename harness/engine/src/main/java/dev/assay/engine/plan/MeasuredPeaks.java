package dev.assay.engine.plan;

import dev.assay.results.PlanFile.BackendRef;
import java.util.Map;
import java.util.TreeMap;

/// What a backend was seen to reach when it was calibrated. It stands in where a device declares no peaks.
///
/// @param backend id
/// @param options as in rows
/// @param bytesPerSecond of a copy that no cache holds; 0 if unknown
/// @param flopsPerSecond of a product, by dtype
/// @param noisePct by how much a median can differ by chance: so much faster than the peak means nothing
public record MeasuredPeaks(
        String backend, String options, double bytesPerSecond, Map<String, Double> flopsPerSecond, double noisePct) {
    public MeasuredPeaks {
        flopsPerSecond = new TreeMap<>(flopsPerSecond);
    }

    /// Whether they are those of this backend.
    public boolean isOf(BackendRef other) {
        return backend.equals(other.id()) && options.equals(other.options());
    }
}
