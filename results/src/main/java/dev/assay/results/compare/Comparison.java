package dev.assay.results.compare;

import dev.assay.results.RunFolder;
import java.io.IOException;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What became of every case from one run to another.
public final class Comparison {
    private static final Comparator<CompareRow> ORDER =
            Comparator.comparing(CompareRow::metric).thenComparing(CompareRow::clock);

    private final Pair pair;
    private final List<CompareRow> rows;
    private final Totals totals;
    private final List<String> remarks;

    private Comparison(Pair pair, List<CompareRow> rows, Totals totals, List<String> remarks) {
        this.pair = pair;
        this.rows = List.copyOf(rows);
        this.totals = totals;
        this.remarks = List.copyOf(remarks);
    }

    /// Throws [dev.assay.HarnessException] if a folder is not finished or cannot be read.
    public static Comparison of(RunFolder base, RunFolder candidate, ComparisonOptions options) throws IOException {
        boolean across = options.isAcrossBackends();
        Pair pair = new Pair(
                Side.of("base", base, options.baseBackend(), across),
                Side.of("candidate", candidate, options.candBackend(), across),
                options);
        Join join = new Join(pair);
        join.run();
        return new Comparison(pair, adjusted(join.rows()), join.totals(), join.remarks());
    }

    /// The same, with what regressed here decided anew from fresh rounds alone, so that no case stays
    /// regressed for having been picked. A case that was not measured again stays regressed.
    ///
    /// @param base rounds measured afresh of what regressed
    public Comparison confirmed(RunFolder base, RunFolder candidate) throws IOException {
        Comparison second = of(base, candidate, pair.options());
        return new Comparison(
                pair, Confirmation.of(rows, second.rows), totals, Confirmation.remarks(remarks, second.remarks));
    }

    private static List<CompareRow> adjusted(List<CompareRow> rows) {
        double[] p = rows.stream()
                .map(CompareRow::p)
                .filter(value -> value != null)
                .mapToDouble(Double::doubleValue)
                .toArray();
        double[] adjusted = FalseDiscovery.adjusted(p);
        int[] at = {0};
        return rows.stream()
                .map(row -> row.p() == null ? row : row.withAdjusted(adjusted[at[0]++]))
                .toList();
    }

    /// In the order of their keys, those of one case by metric and clock.
    public List<CompareRow> rows() {
        return rows;
    }

    /// Rows by what became of them, all changes listed.
    public Map<Change, Long> counts() {
        Map<Change, Long> counts = new EnumMap<>(Change.class);
        for (Change change : Change.values()) {
            counts.put(change, 0L);
        }
        rows.forEach(row -> counts.merge(row.verdict(), 1L, Long::sum));
        return counts;
    }

    public Totals totals() {
        return totals;
    }

    /// What holds for the comparison as a whole, a sentence each.
    public List<String> remarks() {
        return remarks;
    }

    public ComparisonOptions options() {
        return pair.options();
    }

    /// Ratios of the times that could be compared, taken together by clock.
    public Map<String, MeanRatio> meanRatios() {
        return rows.stream()
                .filter(MeanRatio::isCounted)
                .collect(Collectors.groupingBy(
                        CompareRow::clock,
                        TreeMap::new,
                        Collectors.collectingAndThen(Collectors.toList(), MeanRatio::of)));
    }

    static List<CompareRow> sorted(List<CompareRow> rows) {
        return rows.stream()
                .sorted(Comparator.comparing(CompareRow::key).thenComparing(ORDER))
                .toList();
    }
}
