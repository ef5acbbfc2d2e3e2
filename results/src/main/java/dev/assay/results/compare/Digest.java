package dev.assay.results.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A comparison as reports tell it: what to look at first, and how much of what there was.
final class Digest {
    /// Changes whose rows are listed one by one, correctness first.
    static final List<Change> LISTED = List.of(
            Change.BROKEN,
            Change.MISSING,
            Change.FIXED,
            Change.NEW,
            Change.REGRESSED,
            Change.IMPROVED,
            Change.SLOWER,
            Change.FASTER,
            Change.INCOMPARABLE,
            Change.UNMEASURABLE,
            Change.INCONCLUSIVE);

    /// Small changes, of which many cases show some by chance.
    private static final Set<Change> SMALL = EnumSet.of(Change.SLOWER, Change.FASTER);

    private final Comparison comparison;
    private final Map<Change, List<CompareRow>> byChange;

    Digest(Comparison comparison) {
        this.comparison = comparison;
        this.byChange = comparison.rows().stream().collect(Collectors.groupingBy(CompareRow::verdict));
    }

    /// Rows of this kind that a report points out, the largest change first. Of small changes these are
    /// the ones that are left when chance alone would give no more than one in twenty among them.
    List<CompareRow> listed(Change change) {
        List<CompareRow> rows = byChange.getOrDefault(change, List.of());
        if (SMALL.contains(change)) {
            rows = rows.stream().filter(this::isDiscovered).toList();
        }
        return change.isCorrectness()
                ? rows
                : rows.stream()
                        .sorted(Comparator.comparingDouble(Digest::size).reversed())
                        .toList();
    }

    private static double size(CompareRow row) {
        Double ratio = row.ratio();
        return ratio == null ? 0 : Math.abs(Math.log(ratio));
    }

    private boolean isDiscovered(CompareRow row) {
        Double p = row.pAdjusted();
        return p == null || p <= comparison.options().falseDiscovery();
    }

    /// What is said above the rows of this kind.
    String heading(Change change) {
        long all = comparison.counts().getOrDefault(change, 0L);
        String more = SMALL.contains(change) && listed(change).size() < all
                ? ", " + listed(change).size() + " of them shown to be no chance (adjusted p at most "
                        + Numbers.digits(comparison.options().falseDiscovery()) + ")"
                : "";
        return change.word() + ": " + all + more;
    }

    /// Cases and their times, with denominators.
    List<String> totals() {
        Totals totals = comparison.totals();
        List<String> lines = new ArrayList<>();
        lines.add("cases: " + totals.base() + " in the base, " + totals.cand() + " in the candidate, " + totals.both()
                + " in both, " + totals.passed() + " of these pass in both, " + totals.timed()
                + " of these are timed in both");
        lines.add("results: " + counted(true) + " of " + (totals.base() + totals.cand() - totals.both()) + " cases");
        lines.add("times: " + counted(false) + " of "
                + comparison.rows().stream().filter(row -> !isResult(row)).count() + " times");
        long incomparable = comparison.rows().stream()
                .filter(row -> isResult(row) && row.verdict() == Change.INCOMPARABLE)
                .count();
        if (incomparable > 0) {
            lines.set(1, lines.get(1) + ", " + incomparable + " incomparable");
        }
        for (MeanRatio mean : comparison.meanRatios()) {
            lines.add("mean ratio by clock " + mean.clock() + ": " + Numbers.digits(mean.ratio()) + " ("
                    + Numbers.digits(mean.low()) + " to " + Numbers.digits(mean.high()) + ", geometric, over "
                    + mean.count() + (mean.count() == 1 ? " time" : " times") + " that both have)");
        }
        return lines;
    }

    private String counted(boolean results) {
        List<String> words = new ArrayList<>();
        for (Change change : Change.values()) {
            if (change.isCorrectness() == results) {
                long count = comparison.rows().stream()
                        .filter(row -> row.verdict() == change && isResult(row) == results)
                        .count();
                words.add(count + " " + change.word());
            }
        }
        return String.join(", ", words);
    }

    static boolean isResult(CompareRow row) {
        return row.metric().equals(CompareRow.VERDICT);
    }

    /// Cases that are incomparable or the like, by reason.
    static Map<String, List<CompareRow>> byReason(List<CompareRow> rows) {
        return rows.stream().collect(Collectors.groupingBy(CompareRow::reason, TreeMap::new, Collectors.toList()));
    }

    static String backend(CompareRow row) {
        return row.backendOptions().isEmpty() ? row.backend() : row.backend() + ":" + row.backendOptions();
    }
}
