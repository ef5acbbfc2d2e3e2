package dev.assay.engine.timing;

import dev.assay.backend.DeviceInfo;
import dev.assay.engine.plan.MeasuredPeaks;
import dev.assay.operator.Cost;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.SampleRow;
import dev.assay.results.TimingRow;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Makes rows of the samples of all rounds of a case.
public final class TimingSummary {
    /// Ratio of the 90th to the 10th percentile from which samples count as far apart.
    private static final double SCATTERED = 1.5;

    private static final int FEW = 5;
    /// Share of the rounds that may be unsteady or throttled before the timing as a whole is.
    private static final double MOST_BAD_ROUNDS = 0.2;

    private static final double CONFIDENCE = 0.95;
    private static final String UNIT = "ns";
    private static final String MODELLED = "modelled";

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

    /// What the times of a case are held against.
    ///
    /// @param cost that any implementation must spend
    /// @param tensorBytes of all tensors
    /// @param dtype of the first input
    /// @param measured peaks, where the device declares none
    /// @param cacheBytes of the last cache before memory
    public record Yardstick(
            Cost cost, double tensorBytes, DType dtype, Optional<MeasuredPeaks> measured, double cacheBytes) {}

    /// The rounds of a case.
    ///
    /// @param prepareNanos of `Backend.prepare`, of all rounds
    /// @param throttled rounds in which the machine took time away
    public record Rounds(Peaks peaks, List<Long> prepareNanos, int throttled, List<Sample> samples) {}

    /// One row for each metric and clock.
    public static List<TimingRow> rows(PlannedCase planned, BackendRef backend, Yardstick yardstick, Rounds rounds) {
        Map<List<String>, List<Sample>> kinds = new LinkedHashMap<>();
        for (Sample sample : rounds.samples()) {
            kinds.computeIfAbsent(List.of(sample.metric(), sample.clock()), kind -> new ArrayList<>())
                    .add(sample);
        }
        return kinds.values().stream()
                .map(samples -> row(planned, backend, yardstick, rounds, samples))
                .toList();
    }

    private static TimingRow row(
            PlannedCase planned, BackendRef backend, Yardstick yardstick, Rounds all, List<Sample> samples) {
        String metric = samples.getFirst().metric();
        String clock = samples.getFirst().clock();
        boolean cold = metric.equals(Sample.RUN_COLD);
        Cost cost = yardstick.cost();
        double[] sorted = samples.stream().mapToDouble(Sample::nanos).sorted().toArray();
        Map<Integer, double[]> byRound = byRound(samples);
        double median = percentile(sorted, 0.5);
        double[] interval = medianInterval(sorted);
        double seconds = median / 1e9;
        Roofline roofline = Roofline.of(all.peaks(), yardstick.measured(), yardstick.dtype(), yardstick.cacheBytes());
        OptionalDouble share = roofline.percent(cost, yardstick.tensorBytes(), cold, seconds);
        return new TimingRow(
                planned.suite(),
                planned.caseId(),
                planned.caseHash(),
                planned.seed(),
                backend.id(),
                backend.options(),
                all.peaks().device(),
                metric,
                UNIT,
                cold ? "cold" : clock.equals(MODELLED) ? MODELLED : "measured",
                clock,
                byRound.size(),
                samples.size() / byRound.size(),
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
                roundVariation(byRound.values()),
                middle(all.prepareNanos()),
                cost.flops(),
                cost.bytes(),
                cost.flops() / seconds / 1e9,
                cost.bytes() / seconds / 1e9,
                cost.bytes() == 0 ? 0 : cost.flops() / cost.bytes(),
                share.isPresent() ? share.getAsDouble() : null,
                quality(clock, byRound.values(), sorted, all.throttled(), roofline.isBeaten(share)));
    }

    private static Map<Integer, double[]> byRound(List<Sample> samples) {
        Map<Integer, List<Double>> lists = new TreeMap<>();
        samples.forEach(sample -> lists.computeIfAbsent(sample.round(), round -> new ArrayList<>())
                .add(sample.nanos()));
        Map<Integer, double[]> rounds = new TreeMap<>();
        lists.forEach((round, nanos) -> rounds.put(
                round, nanos.stream().mapToDouble(Double::doubleValue).toArray()));
        return rounds;
    }

    private static long middle(List<Long> values) {
        return values.isEmpty() ? 0 : values.stream().sorted().toList().get((values.size() - 1) / 2);
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

    private static @Nullable Double roundVariation(Collection<double[]> rounds) {
        if (rounds.size() < 2) {
            return null;
        }
        double[] medians = rounds.stream()
                .mapToDouble(nanos -> percentile(Arrays.stream(nanos).sorted().toArray(), 0.5))
                .toArray();
        double mean = Arrays.stream(medians).average().orElse(Double.NaN);
        double squares =
                Arrays.stream(medians).map(m -> (m - mean) * (m - mean)).sum();
        return 100 * Math.sqrt(squares / (medians.length - 1)) / mean;
    }

    /// `ok`, or what stands against believing the time; `docs/timing.md` lists the words.
    private static String quality(
            String clock, Collection<double[]> rounds, double[] sorted, int throttled, boolean beaten) {
        List<String> remarks = new ArrayList<>();
        boolean modelled = clock.equals(MODELLED);
        if (sorted.length < FEW && !modelled) {
            remarks.add("few");
        }
        if (percentile(sorted, 0.9) > SCATTERED * percentile(sorted, 0.1)) {
            remarks.add("scattered");
        }
        long unsteady = rounds.stream().filter(SteadyState::hasTrend).count();
        if (unsteady > MOST_BAD_ROUNDS * rounds.size() && !modelled) {
            remarks.add("unsteady");
        }
        if (throttled > MOST_BAD_ROUNDS * rounds.size() && !modelled) {
            remarks.add("throttled");
        }
        if (beaten) {
            remarks.add("mistrusted");
        }
        return remarks.isEmpty() ? "ok" : String.join(";", remarks);
    }

    /// Samples as rows of `samples.csv`.
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
                    sample.metric(),
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

    /// What [#sampleRows] was given.
    public static List<Sample> samples(List<SampleRow> rows) {
        return rows.stream()
                .map(row -> new Sample(row.metric(), row.clock(), row.round(), row.iteration(), row.ops(), row.value()))
                .toList();
    }
}
