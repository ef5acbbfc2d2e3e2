package dev.assay.results.compare;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A comparison for a terminal.
public final class TextReport {
    private static final int MOST_SHOWN = 20;
    private static final int MOST_REASONS = 5;

    private final Comparison comparison;
    private final Digest digest;
    private final int most;

    private TextReport(Comparison comparison, boolean everything) {
        this.comparison = comparison;
        this.digest = new Digest(comparison);
        this.most = everything ? Integer.MAX_VALUE : MOST_SHOWN;
    }

    /// Prints what to look at, and how much there was.
    ///
    /// @param everything lists every row; else twenty of each kind
    public static void print(Comparison comparison, boolean everything, PrintWriter out) {
        new TextReport(comparison, everything).print(out);
    }

    private void print(PrintWriter out) {
        comparison.sides().forEach(out::println);
        out.println();
        if (!comparison.remarks().isEmpty()) {
            comparison.remarks().forEach(out::println);
            out.println();
        }
        for (Change change : Digest.LISTED) {
            List<CompareRow> rows = digest.listed(change);
            if (comparison.counts().getOrDefault(change, 0L) == 0) {
                continue;
            }
            out.println(digest.heading(change));
            switch (change) {
                case BROKEN, MISSING, FIXED, NEW -> results(out, rows);
                case INCOMPARABLE, UNMEASURABLE -> reasons(out, rows);
                case REGRESSED, IMPROVED, SLOWER, FASTER -> times(out, rows);
                case INCONCLUSIVE, SAME -> {
                    // Their number says it all: there is nothing to look at.
                }
            }
            out.println();
        }
        digest.totals().forEach(out::println);
    }

    private void results(PrintWriter out, List<CompareRow> rows) {
        for (CompareRow row : shown(rows)) {
            out.println("  " + row.caseId() + " on " + Digest.backend(row));
            out.println("    " + row.reason());
        }
        more(out, rows);
    }

    private void times(PrintWriter out, List<CompareRow> rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(
                List.of("case", "backend", "clock", "base", "candidate", "change", "interval", "adjusted p", "rounds"));
        for (CompareRow row : shown(rows)) {
            cells.add(List.of(
                    row.caseId(),
                    Digest.backend(row),
                    row.clock(),
                    Numbers.time(row.base(), row.unit()),
                    Numbers.time(row.cand(), row.unit()),
                    Numbers.change(row.ratio()),
                    Numbers.interval(row.ratioLow(), row.ratioHigh()),
                    Numbers.probability(row.pAdjusted()),
                    row.nBase() + "/" + row.nCand() + (row.stage() == 1 ? "" : " confirmed")));
        }
        columns(out, cells);
        more(out, rows);
    }

    private void reasons(PrintWriter out, List<CompareRow> rows) {
        Map<String, List<CompareRow>> byReason = Digest.byReason(rows);
        byReason.entrySet().stream()
                .sorted((a, b) ->
                        Integer.compare(b.getValue().size(), a.getValue().size()))
                .limit(most == Integer.MAX_VALUE ? most : MOST_REASONS)
                .forEach(reason -> {
                    int count = reason.getValue().size();
                    String where = count == 1 ? reason.getValue().getFirst().caseId() : count + " times";
                    out.println("  " + where + ": " + reason.getKey());
                });
        if (byReason.size() > MOST_REASONS && most != Integer.MAX_VALUE) {
            out.println("  ... and " + (byReason.size() - MOST_REASONS) + " more reasons; --all shows them");
        }
    }

    private List<CompareRow> shown(List<CompareRow> rows) {
        return rows.subList(0, Math.min(most, rows.size()));
    }

    private void more(PrintWriter out, List<CompareRow> rows) {
        if (rows.size() > most) {
            out.println("  ... and " + (rows.size() - most) + " more; --all shows them");
        }
    }

    static void columns(PrintWriter out, List<List<String>> rows) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder("  ");
            for (int column = 0; column < widths.length; column++) {
                String cell = row.get(column);
                line.append(cell).repeat(' ', widths[column] - cell.length() + 2);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
