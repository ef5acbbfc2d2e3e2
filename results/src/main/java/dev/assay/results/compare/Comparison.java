package dev.assay.results.compare;

import dev.assay.results.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What became of every case from one run to another.
public final class Comparison {
    private static final Comparator<CompareRow> ORDER =
            Comparator.comparing(CompareRow::metric).thenComparing(CompareRow::clock);

    private final Pair pair;
    private final Optional<Pair> again;
    private final List<CompareRow> rows;
    private final Totals totals;
    private final List<String> remarks;

    private Comparison(Pair pair, Optional<Pair> again, List<CompareRow> rows, Totals totals, List<String> remarks) {
        this.pair = pair;
        this.again = again;
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
        return new Comparison(pair, Optional.empty(), adjusted(join.rows()), join.totals(), join.remarks());
    }

    /// The same, with what regressed here decided anew from fresh rounds alone, so that no case stays
    /// regressed for having been picked. A case that was not measured again stays regressed.
    ///
    /// @param base rounds measured afresh of what regressed
    public Comparison confirmed(RunFolder base, RunFolder candidate) throws IOException {
        Comparison second = of(base, candidate, pair.options());
        return new Comparison(
                pair,
                Optional.of(second.pair),
                Confirmation.of(rows, second.rows),
                totals,
                Confirmation.remarks(remarks, second.remarks));
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

    /// Prints the samples behind the verdicts of a case, and every number on the way from them to
    /// these. Throws [dev.assay.HarnessException] if there is no row of such a case.
    public void explain(String caseId, PrintWriter out) throws IOException {
        new Explanation(out).print(pair, again, rows, caseId);
    }

    Side base() {
        return pair.base();
    }

    Side candidate() {
        return pair.candidate();
    }

    /// What is compared with what, and how: a line each.
    List<String> sides() {
        return List.of(
                "base:      " + pair.base().words(),
                "candidate: " + pair.candidate().words(),
                "times:     " + (pair.isPaired() ? "paired round by round" : "unpaired") + ", confidence "
                        + Numbers.digits(100 * pair.options().confidence()) + " %");
    }

    public ComparisonOptions options() {
        return pair.options();
    }

    /// Ratios of the times that could be compared, taken together by clock: a modelled time says
    /// nothing about a measured one.
    public List<MeanRatio> meanRatios() {
        Map<String, List<CompareRow>> byClock = rows.stream()
                .filter(MeanRatio::isCounted)
                .collect(Collectors.groupingBy(CompareRow::clock, TreeMap::new, Collectors.toList()));
        return byClock.entrySet().stream()
                .map(clock -> MeanRatio.of(clock.getKey(), clock.getValue()))
                .toList();
    }

    static List<CompareRow> sorted(List<CompareRow> rows) {
        return rows.stream()
                .sorted(Comparator.comparing(CompareRow::key).thenComparing(ORDER))
                .toList();
    }
}
