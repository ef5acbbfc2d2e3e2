package dev.assay.engine.timing;

import dev.assay.backend.DeviceInfo;
import dev.assay.operator.Cost;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.SampleRow;
import dev.assay.results.TimingRow;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Makes rows of the samples of all rounds of a case.
public final class TimingSummary {
    /// Ratio of the 90th to the 10th percentile from which samples count as far apart.
    private static final double UNSTEADY = 1.5;

    private static final double CONFIDENCE = 0.95;
    private static final String METRIC = "run";
    private static final String UNIT = "ns";

    private TimingSummary() {}

    /// What a device says about itself that a timing is held against.
    ///
    /// @param device model
    /// @param peakFlops declared peak for the case's dtype; 0 if unknown
    /// @param bandwidth declared bytes per second; 0 if unknown
    public record Peaks(String device, double peakFlops, double bandwidth) {
        public static Peaks of(DeviceInfo info, DType dtype) {
            return new Peaks(
                    info.model(), info.peakFlopsPerSecond().getOrDefault(dtype, 0.0), info.bandwidthBytesPerSecond());
        }
    }

    /// One row for each clock.
    public static List<TimingRow> rows(
            PlannedCase planned, BackendRef backend, Peaks peaks, Cost cost, long prepareNanos, List<Sample> samples) {
        Map<String, List<Sample>> byClock = new LinkedHashMap<>();
        for (Sample sample : samples) {
            byClock.computeIfAbsent(sample.clock(), clock -> new ArrayList<>()).add(sample);
        }
        List<TimingRow> rows = new ArrayList<>();
        byClock.forEach((clock, taken) -> rows.add(row(planned, backend, peaks, cost, prepareNanos, clock, taken)));
        return rows;
    }

    private static TimingRow row(
            PlannedCase planned,
            BackendRef backend,
            Peaks peaks,
            Cost cost,
            long prepareNanos,
            String clock,
            List<Sample> samples) {
        double[] sorted = samples.stream().mapToDouble(Sample::nanos).sorted().toArray();
        int rounds = (int) samples.stream().mapToInt(Sample::round).distinct().count();
        double median = percentile(sorted, 0.5);
        double[] interval = medianInterval(sorted);
        double seconds = median / 1e9;
        double gflops = cost.flops() / seconds / 1e9;
        double gbytes = cost.bytes() / seconds / 1e9;
        OptionalDouble roofline = roofline(peaks, cost, seconds);
        return new TimingRow(
                planned.suite(),
                planned.caseId(),
                planned.caseHash(),
                planned.seed(),
                backend.id(),
                backend.options(),
                peaks.device(),
                METRIC,
                UNIT,
                clock.equals("modelled") ? "modelled" : "measured",
                clock,
                rounds,
                samples.size() / rounds,
                samples.size(),
                sorted[0],
                median,
                percentile(sorted, 0.9),
                percentile(sorted, 0.99),
                sorted[sorted.length - 1],
                Arrays.stream(sorted).average().orElse(Double.NaN),
                interval.length == 0 ? null : interval[0],
                interval.length == 0 ? null : interval[1],
                interval.length == 0 ? null : interval[2],
                roundVariation(samples),
                prepareNanos,
                cost.flops(),
                cost.bytes(),
                gflops,
                gbytes,
                cost.bytes() == 0 ? 0 : cost.flops() / cost.bytes(),
                roofline.isPresent() ? roofline.getAsDouble() : null,
                quality(samples, sorted, roofline));
    }

    /// By linear interpolation between order statistics (definition 7 of Hyndman and Fan, 1996).
    static double percentile(double[] sorted, double p) {
        double position = p * (sorted.length - 1);
        int below = (int) Math.floor(position);
        int above = Math.min(sorted.length - 1, below + 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }

    /// Interval of the median that makes no assumption about the distribution: the narrowest pair of order
    /// statistics `x(k)`, `x(n+1-k)` with at least the wanted confidence `1 - 2 P(B < k)`, B binomial with n trials
    /// and p = ½.
    ///
    /// @return low, high and the level; empty if there are too few samples
    static double[] medianInterval(double[] sorted) {
        int n = sorted.length;
        double tail = 0;
        // As a logarithm: the probability of no sample below the median is no f64 any more at 1075 samples.
        double logarithm = -n * Math.log(2);
        int k = 0;
        // tail is P(B < k + 1) after adding the k-th term.
        while (k < n / 2 && 2 * (tail + Math.exp(logarithm)) <= 1 - CONFIDENCE) {
            tail += Math.exp(logarithm);
            logarithm += Math.log((double) (n - k) / (k + 1));
            k++;
        }
        return k == 0 ? new double[0] : new double[] {sorted[k - 1], sorted[n - k], 1 - 2 * tail};
    }

    private static @Nullable Double roundVariation(List<Sample> samples) {
        Map<Integer, List<Double>> byRound = new LinkedHashMap<>();
        for (Sample sample : samples) {
            byRound.computeIfAbsent(sample.round(), round -> new ArrayList<>()).add(sample.nanos());
        }
        if (byRound.size() < 2) {
            return null;
        }
        double[] medians = byRound.values().stream()
                .mapToDouble(values -> percentile(
                        values.stream()
                                .mapToDouble(Double::doubleValue)
                                .sorted()
                                .toArray(),
                        0.5))
                .toArray();
        double mean = Arrays.stream(medians).average().orElse(Double.NaN);
        double squares =
                Arrays.stream(medians).map(m -> (m - mean) * (m - mean)).sum();
        return 100 * Math.sqrt(squares / (medians.length - 1)) / mean;
    }

    /// Share of what the declared peaks allow at this intensity (Williams, Waterman and Patterson 2009).
    private static OptionalDouble roofline(Peaks peaks, Cost cost, double seconds) {
        double byFlops = peaks.peakFlops() > 0 ? cost.flops() / peaks.peakFlops() : 0;
        double byBytes = peaks.bandwidth() > 0 ? cost.bytes() / peaks.bandwidth() : 0;
        double least = Math.max(byFlops, byBytes);
        return least == 0 ? OptionalDouble.empty() : OptionalDouble.of(100 * least / seconds);
    }

    /// `ok`, or what stands against believing the time: few samples, samples far apart, faster than the device can
    /// be.
    private static String quality(List<Sample> samples, double[] sorted, OptionalDouble roofline) {
        List<String> remarks = new ArrayList<>();
        boolean modelled = samples.getFirst().clock().equals("modelled");
        if (samples.size() < 5 && !modelled) {
            remarks.add("few");
        }
        if (percentile(sorted, 0.9) > UNSTEADY * percentile(sorted, 0.1)) {
            remarks.add("unsteady");
        }
        if (roofline.orElse(0) > 100) {
            remarks.add("above_peak");
        }
        return remarks.isEmpty() ? "ok" : String.join(";", remarks);
    }

    public static List<SampleRow> sampleRows(PlannedCase planned, BackendRef backend, List<Sample> samples) {
        List<SampleRow> rows = new ArrayList<>();
        for (Sample sample : samples) {
            rows.add(new SampleRow(
                    planned.suite(),
                    planned.caseId(),
                    planned.caseHash(),
                    planned.seed(),
                    backend.id(),
                    backend.options(),
                    METRIC,
                    sample.clock(),
                    sample.round(),
                    0,
                    sample.iteration(),
                    sample.ops(),
                    sample.nanos(),
                    UNIT));
        }
        return rows;
    }
}
