package dev.assay.results.history;

import dev.assay.results.Json;
import dev.assay.results.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The times of one case on one kind of machine, run by run.
///
/// @param key what the runs have in common
/// @param unit of the values; empty if no run has one
/// @param points in the order of time, one per run that has the case
public record Series(Key key, String unit, List<Point> points) {
    public Series {
        points = List.copyOf(points);
    }

    /// Runs with the same one can be compared by their times.
    ///
    /// @param caseHash of what the case means: runs of another meaning are another series
    /// @param hwClass class of the machine
    /// @param mode how it was timed, as in `timing.csv`; empty if it never was
    public record Key(
            String suite,
            String caseId,
            String caseHash,
            long seed,
            String backend,
            String backendOptions,
            String device,
            String hwClass,
            String metric,
            String mode,
            String clock) {

        /// For people: backend and machine.
        public String label() {
            String options = backendOptions.isEmpty() ? "" : ":" + backendOptions;
            return backend + options + " on " + hwClass + (mode.isEmpty() ? "" : ", " + mode + ", clock " + clock);
        }

        /// Seed of the permutations: the same series is always judged in the same way, in whatever company.
        long seedOfPermutations() {
            return Long.parseUnsignedLong(Json.sha256(Json.canonical(this)).substring(0, 16), 16);
        }
    }

    /// One run.
    ///
    /// @param startedAt UTC, ISO 8601
    /// @param version of Assay
    /// @param backendVersion of the plugin
    /// @param value in the series' unit; absent if the run has no time, for example because the case failed
    public record Point(
            String runId,
            String startedAt,
            String version,
            String backendVersion,
            Verdict verdict,
            @Nullable Double value) {}

    /// Positions of the points that have a time.
    public List<Integer> timed() {
        return java.util.stream.IntStream.range(0, points.size())
                .filter(i -> points.get(i).value() != null)
                .boxed()
                .toList();
    }

    /// The times, without gaps and without anything in place of what is absent.
    public double[] values() {
        return points.stream()
                .map(Point::value)
                .filter(java.util.Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .toArray();
    }
}
