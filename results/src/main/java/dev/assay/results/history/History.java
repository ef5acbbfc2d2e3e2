package dev.assay.results.history;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.Keyed;
import dev.assay.results.Manifest;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import dev.assay.results.history.Series.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Collects series from run folders.
///
/// A run whose case has no time is a point without value, which carries its verdict: leaving out the
/// failing runs would make every history look good. Nothing is put in the place of what is absent.
public final class History {
    /// What stands for a run in a series.
    public enum Statistic {
        /// Median of all samples of the run (`p50` of `timing.csv`).
        MEDIAN,
        /// Median over the forks of the smallest sample of each: noise only ever adds time.
        MIN_OF_FORK
    }

    /// What a case was on one machine, before it is known how it was timed.
    private record Base(RowKey key, String caseHash, String hwClass) {}

    /// One way of timing a base, on one device.
    private record Way(String metric, String mode, String clock, String unit, String device) {
        private String order() {
            return String.join("\0", metric, mode, clock, unit, device);
        }
    }

    /// A run's part in a base.
    private static final class Entry {
        private final Manifest manifest;
        private final CaseRow row;
        private final Map<Way, Double> values = new HashMap<>();

        private Entry(Manifest manifest, CaseRow row) {
            this.manifest = manifest;
            this.row = row;
        }
    }

    private final Statistic statistic;
    private final Predicate<RowKey> wanted;
    private final Map<Base, List<Entry>> bases = new HashMap<>();
    private final TreeSet<String> runIds = new TreeSet<>();
    private int repeated;
    private int baseArms;

    /// @param wanted cases to collect
    public History(Statistic statistic, Predicate<RowKey> wanted) {
        this.statistic = statistic;
        this.wanted = wanted;
    }

    /// Takes the rows of a run; those of a run that was taken already are counted and left out.
    public void take(RunFolder run) throws IOException {
        Manifest manifest = run.readManifest();
        if (manifest.arm().equals("base")) {
            // It measures an older version once more, beside a newer one: no new point in time.
            baseArms++;
            return;
        }
        String hwClass = hardwareClass(run);
        Map<RowKey, Entry> entries = new HashMap<>();
        each(CaseRow.class, run.file(RunFolder.CASES), row -> {
            if (wanted.test(row.key())) {
                entries.put(row.key(), new Entry(manifest, row));
            }
        });
        takeTimes(run, entries);
        for (Entry entry : entries.values()) {
            // Published, a run may lie in several folders, each with a part of its rows; a copy is no second point.
            if (!runIds.add(manifest.runId() + "\0" + entry.row.key())) {
                repeated++;
                continue;
            }
            bases.computeIfAbsent(new Base(entry.row.key(), entry.row.caseHash(), hwClass), key -> new ArrayList<>())
                    .add(entry);
        }
    }

    private void takeTimes(RunFolder run, Map<RowKey, Entry> entries) throws IOException {
        if (entries.isEmpty() || !Files.exists(run.file(RunFolder.TIMING))) {
            return;
        }
        Map<RowKey, List<TimingRow>> rows = new HashMap<>();
        each(TimingRow.class, run.file(RunFolder.TIMING), row -> {
            if (entries.containsKey(row.key())) {
                rows.computeIfAbsent(row.key(), key -> new ArrayList<>()).add(row);
            }
        });
        Map<Sampled, Double> minima = statistic == Statistic.MIN_OF_FORK ? minima(run, entries) : Map.of();
        rows.forEach((key, timed) -> {
            Entry entry = entries.get(key);
            for (TimingRow row : timed) {
                Double value = statistic == Statistic.MEDIAN
                        ? (Double) row.p50()
                        : minima.get(new Sampled(key, row.metric(), row.clock()));
                if (entry != null && value != null && value > 0 && value < Double.POSITIVE_INFINITY) {
                    entry.values.put(new Way(row.metric(), row.mode(), row.clock(), row.unit(), row.device()), value);
                }
            }
        });
    }

    /// What samples belong to.
    private record Sampled(RowKey key, String metric, String clock) {}

    private static Map<Sampled, Double> minima(RunFolder run, Map<RowKey, Entry> entries) throws IOException {
        if (!Files.exists(run.file(RunFolder.SAMPLES))) {
            return Map.of();
        }
        Map<Sampled, Map<Long, Double>> forks = new HashMap<>();
        each(SampleRow.class, run.file(RunFolder.SAMPLES), row -> {
            if (entries.containsKey(row.key())) {
                forks.computeIfAbsent(new Sampled(row.key(), row.metric(), row.clock()), key -> new TreeMap<>())
                        .merge(((long) row.round() << 32) + row.fork(), row.value(), Math::min);
            }
        });
        Map<Sampled, Double> medians = new HashMap<>();
        forks.forEach((sampled, smallest) -> {
            double[] values =
                    smallest.values().stream().mapToDouble(Double::doubleValue).toArray();
            medians.put(sampled, ChangePoints.median(values, 0, values.length));
        });
        return medians;
    }

    private static <R extends Record & Keyed> void each(Class<R> type, Path file, Consumer<R> consumer)
            throws IOException {
        try (CsvRows<R> rows = new CsvTable<>(type).open(file)) {
            while (rows.advance()) {
                consumer.accept(rows.row());
            }
        }
    }

    private static String hardwareClass(RunFolder run) throws IOException {
        if (run.readEnvironment().get("hw_class_id") instanceof String id && !id.isBlank()) {
            return id;
        }
        throw new HarnessException(
                "the run does not say what machine it ran on",
                run.file(RunFolder.ENVIRONMENT) + ", field hw_class_id",
                "leave this run out, or restore the file from the run that wrote it");
    }

    /// Runs and cases that were found a second time.
    public int repeated() {
        return repeated;
    }

    /// Runs that were left out as the older side of a comparison.
    public int baseArms() {
        return baseArms;
    }

    /// All series, ordered by suite, case, backend, machine and way of timing.
    public List<Series> series() {
        List<Series> all = new ArrayList<>();
        bases.forEach((base, entries) -> {
            entries.sort(Comparator.comparing((Entry entry) -> entry.manifest.startedAt())
                    .thenComparing(entry -> entry.manifest.runId()));
            TreeMap<String, Way> ways = new TreeMap<>();
            entries.forEach(entry -> entry.values.keySet().forEach(way -> ways.put(way.order(), way)));
            if (ways.isEmpty()) {
                all.add(series(base, entries, null));
            }
            ways.values().forEach(way -> all.add(series(base, entries, way)));
        });
        all.sort(Comparator.comparing((Series one) -> one.key().suite())
                .thenComparing(one -> one.key().caseId())
                .thenComparing(one -> one.key().label())
                .thenComparing(one -> one.key().metric())
                .thenComparing(one -> one.key().caseHash())
                .thenComparingLong(one -> one.key().seed()));
        return all;
    }

    private static Series series(Base base, List<Entry> entries, @Nullable Way way) {
        List<Point> points = new ArrayList<>();
        for (Entry entry : entries) {
            Double value = way == null ? null : entry.values.get(way);
            Verdict verdict = entry.row.verdict();
            points.add(new Point(
                    entry.manifest.runId(),
                    entry.manifest.startedAt(),
                    entry.manifest.version(),
                    entry.row.backendVersion(),
                    verdict,
                    value));
        }
        Series.Key key = new Series.Key(
                base.key().suite(),
                base.key().caseId(),
                base.caseHash(),
                base.key().seed(),
                base.key().backend(),
                base.key().backendOptions(),
                way == null ? entries.getLast().row.device() : way.device(),
                base.hwClass(),
                way == null ? "" : way.metric(),
                way == null ? "" : way.mode(),
                way == null ? "" : way.clock());
        return new Series(key, way == null ? "" : way.unit(), points);
    }
}
