package dev.assay.results.compare;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// A comparison as a comment on a pull request: what matters on top, the rest folded.
public final class MarkdownReport {
    /// Of the whole, in bytes: GitHub takes 65,536 characters.
    static final int LONGEST = 60_000;

    /// What is left for the lines that say how much was left out.
    private static final int RESERVE = 2_000;

    private final Comparison comparison;
    private final Digest digest;
    private final StringBuilder text = new StringBuilder();
    private int size;

    private MarkdownReport(Comparison comparison) {
        this.comparison = comparison;
        this.digest = new Digest(comparison);
    }

    /// At most 60,000 bytes.
    public static String of(Comparison comparison) {
        MarkdownReport report = new MarkdownReport(comparison);
        report.write();
        return report.text.toString();
    }

    private void write() {
        line("## " + headline());
        line("");
        for (String side : comparison.sides()) {
            line("- " + Markdown.code(side));
        }
        for (String remark : comparison
                .remarks()
                .subList(0, Math.min(10, comparison.remarks().size()))) {
            line("- **note** " + Markdown.code(remark));
        }
        line("");
        digest.totals().forEach(total -> line("- " + total));
        for (Change change : Digest.LISTED) {
            if (comparison.counts().getOrDefault(change, 0L) > 0) {
                section(change);
            }
        }
    }

    private String headline() {
        Map<Change, Long> counts = comparison.counts();
        long broken = counts.getOrDefault(Change.BROKEN, 0L) + counts.getOrDefault(Change.MISSING, 0L);
        long regressed = counts.getOrDefault(Change.REGRESSED, 0L);
        if (broken > 0) {
            return counts.get(Change.BROKEN) + " broken, " + counts.get(Change.MISSING) + " missing, " + regressed
                    + " regressed";
        }
        if (regressed > 0) {
            return regressed + " regressed";
        }
        return counts.getOrDefault(Change.INCOMPARABLE, 0L) > 0
                ? counts.get(Change.INCOMPARABLE) + " incomparable, nothing broken or regressed among the rest"
                : "Nothing broken, nothing regressed";
    }

    private void section(Change change) {
        List<CompareRow> rows = digest.listed(change);
        boolean open = change == Change.BROKEN || change == Change.MISSING || change == Change.REGRESSED;
        line("");
        line("<details" + (open ? " open" : "") + "><summary>" + digest.heading(change) + "</summary>");
        line("");
        switch (change) {
            case BROKEN, MISSING, FIXED, NEW -> results(rows);
            case INCOMPARABLE, UNMEASURABLE, INCONCLUSIVE -> reasons(rows);
            case REGRESSED, IMPROVED, SLOWER, FASTER, SAME -> times(rows);
        }
        line("");
        line("</details>");
    }

    private void results(List<CompareRow> rows) {
        line("| case | backend | what happened |");
        line("|---|---|---|");
        rows(
                rows,
                row -> "| " + Markdown.code(row.caseId()) + " | " + Markdown.code(Digest.backend(row)) + " | "
                        + Markdown.code(row.reason()) + " |");
    }

    private void times(List<CompareRow> rows) {
        line("| case | backend | clock | base | candidate | change | interval | adjusted p | rounds |");
        line("|---|---|---|---:|---:|---:|---|---:|---:|");
        rows(
                rows,
                row -> "| " + Markdown.code(row.caseId()) + " | " + Markdown.code(Digest.backend(row)) + " | "
                        + Markdown.code(row.clock()) + " | " + Numbers.time(row.base(), unit(row)) + " | "
                        + Numbers.time(row.cand(), unit(row)) + " | " + Numbers.change(row.ratio()) + " | "
                        + Numbers.interval(row.ratioLow(), row.ratioHigh()) + " | "
                        + Numbers.probability(row.pAdjusted())
                        + " | " + row.nBase() + "/" + row.nCand() + (row.stage() == 1 ? "" : ", confirmed") + " |");
    }

    /// Units are free text in a file.
    private static String unit(CompareRow row) {
        return row.unit().matches("[a-z]{1,4}") ? row.unit() : "?";
    }

    private void reasons(List<CompareRow> rows) {
        Map<String, List<CompareRow>> byReason = Digest.byReason(rows);
        line("| times | first case | why |");
        line("|---:|---|---|");
        List<String> lines = byReason.entrySet().stream()
                .sorted((a, b) ->
                        Integer.compare(b.getValue().size(), a.getValue().size()))
                .map(reason -> "| " + reason.getValue().size() + " | "
                        + Markdown.code(reason.getValue().getFirst().caseId()) + " | "
                        + Markdown.code(reason.getKey()) + " |")
                .toList();
        rows(lines, row -> row);
    }

    private <T> void rows(List<T> rows, java.util.function.Function<T, String> format) {
        int shown = 0;
        for (T row : rows) {
            String formatted = format.apply(row);
            if (size + bytes(formatted) > LONGEST - RESERVE) {
                break;
            }
            line(formatted);
            shown++;
        }
        if (shown < rows.size()) {
            line("");
            line("... and " + (rows.size() - shown) + " more in the CSV file");
        }
    }

    private void line(String content) {
        text.append(content).append('\n');
        size += bytes(content) + 1;
    }

    private static int bytes(String content) {
        return content.getBytes(StandardCharsets.UTF_8).length;
    }
}
