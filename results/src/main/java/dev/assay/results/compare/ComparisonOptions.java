package dev.assay.results.compare;

import dev.assay.results.RowKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/// How two runs are compared.
///
/// @param marginPct by case, the change that matters, in per cent
/// @param confidence of intervals, from 0.5 to 1
/// @param falseDiscovery share of false ones among the changes that reports point out
/// @param baseBackend `id` or `id:key=value,...` of the backend to take from the base; empty takes
///     equal ones
/// @param candBackend of the candidate
/// @param calibrations of machine and backends; each is used for the backend that it names
/// @param accepted differences that are no obstacle
/// @param controlSuite suite whose cases show what the machine itself changed by between two runs
public record ComparisonOptions(
        ToDoubleFunction<RowKey> marginPct,
        double confidence,
        double falseDiscovery,
        Optional<String> baseBackend,
        Optional<String> candBackend,
        List<Calibration> calibrations,
        Set<Difference> accepted,
        String controlSuite) {
    public static final double MARGIN_PCT = 5;

    public static final ComparisonOptions DEFAULT = new ComparisonOptions(
            key -> MARGIN_PCT, 0.95, 0.05, Optional.empty(), Optional.empty(), List.of(), Set.of(), "control");

    public ComparisonOptions {
        calibrations = List.copyOf(calibrations);
        accepted = Set.copyOf(accepted);
        if (!(confidence >= 0.5 && confidence < 1)) {
            throw new IllegalArgumentException("confidence is " + confidence + ", not from 0.5 to below 1");
        }
    }

    public ComparisonOptions withMargin(double pct) {
        if (!(pct >= 0 && pct < 1000)) {
            throw new IllegalArgumentException("margin is " + pct + " %, not from 0 to below 1000");
        }
        return withMargins(key -> pct);
    }

    public ComparisonOptions withMargins(ToDoubleFunction<RowKey> pct) {
        return new ComparisonOptions(
                pct, confidence, falseDiscovery, baseBackend, candBackend, calibrations, accepted, controlSuite);
    }

    public ComparisonOptions withConfidence(double level) {
        return new ComparisonOptions(
                marginPct, level, falseDiscovery, baseBackend, candBackend, calibrations, accepted, controlSuite);
    }

    /// Compares these two backends, whatever their names.
    public ComparisonOptions withBackends(Optional<String> base, Optional<String> candidate) {
        return new ComparisonOptions(
                marginPct, confidence, falseDiscovery, base, candidate, calibrations, accepted, controlSuite);
    }

    public ComparisonOptions withCalibrations(List<Calibration> measured) {
        return new ComparisonOptions(
                marginPct, confidence, falseDiscovery, baseBackend, candBackend, measured, accepted, controlSuite);
    }

    public ComparisonOptions accepting(Set<Difference> differences) {
        Set<Difference> all = EnumSet.noneOf(Difference.class);
        all.addAll(differences);
        return new ComparisonOptions(
                marginPct, confidence, falseDiscovery, baseBackend, candBackend, calibrations, all, controlSuite);
    }

    /// Whether two backends are compared that need not be equal.
    boolean isAcrossBackends() {
        return baseBackend.isPresent() || candBackend.isPresent();
    }
}
