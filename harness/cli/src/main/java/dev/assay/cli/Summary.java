package dev.assay.cli;

import dev.assay.operator.Operators;
import dev.assay.results.CaseRow;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.Verdict;
import dev.assay.results.report.Matrix;
import dev.assay.results.report.ReportedRun;
import dev.assay.results.report.VerdictCounts;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What a person sees of a run when it is over.
final class Summary {
    private static final int MOST_SHOWN = 20;
    private static final int MOST_REASONS = 5;
    /// How the id of a part of a model ends for which there is no operator.
    private static final String LEFT_OUT = "/-/-/-/-";

    private final PlanFile plan;
    private final Collection<CaseRow> rows;
    private final Repeats repeats;

    /// @param ownSeed whether the command line set the seed
    Summary(PlanFile plan, Collection<CaseRow> rows, boolean ownSeed) {
        this.plan = plan;
        this.rows = rows;
        this.repeats = new Repeats(plan, ownSeed);
    }

    /// Planned rows that are not there.
    static int missing(PlanFile plan, Collection<CaseRow> rows) {
        return ReportedRun.missing(plan, rows).size();
    }

    void print(PrintWriter out) {
        matrix(out);
        out.println();
        printDetails(out);
    }

    /// All but the matrix.
    void printDetails(PrintWriter out) {
        failures(out);
        refusals(out);
        notRun(out);
        out.println(VerdictCounts.sentence(
                VerdictCounts.of(rows), missing(plan, rows), plan.keys().size()));
    }

    private void matrix(PrintWriter out) {
        print(Matrix.of(plan, rows, Operators::has), out);
    }

    /// Passed cases of those planned, by operator and backend.
    static void print(Matrix matrix, PrintWriter out) {
        Table table = new Table(matrix.header().toArray(String[]::new));
        matrix.lines().forEach(table::row);
        table.print(out);
    }

    private void failures(PrintWriter out) {
        List<CaseRow> bad = rows.stream().filter(Exit::isBad).toList();
        for (CaseRow row : bad.subList(0, Math.min(MOST_SHOWN, bad.size()))) {
            String layer = row.layer().isEmpty() ? "" : " (" + row.layer() + ")";
            out.println(row.verdict().word() + layer + ": " + row.caseId() + " on "
                    + repeats.backend(row).label());
            out.println("  " + row.reason());
            out.println("  " + repeats.command(row));
        }
        if (bad.size() > MOST_SHOWN) {
            out.println("... and " + (bad.size() - MOST_SHOWN) + " more in cases.csv");
        }
        if (!bad.isEmpty()) {
            out.println();
        }
    }

    /// Why calls were refused, the most frequent reasons of each backend.
    private void refusals(PrintWriter out) {
        for (BackendRef backend : plan.backends()) {
            Map<String, Integer> reasons = new TreeMap<>();
            rows.stream()
                    .filter(row -> row.verdict() == Verdict.UNSUPPORTED
                            && (Operators.has(row.operator()) || row.caseId().endsWith(LEFT_OUT))
                            && row.backend().equals(backend.id())
                            && row.backendOptions().equals(backend.options()))
                    .forEach(row -> reasons.merge(row.reason(), 1, Integer::sum));
            reasons.entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                    .limit(MOST_REASONS)
                    .forEach(reason -> out.println(
                            "unsupported on " + backend.label() + ": " + reason.getValue() + " x " + reason.getKey()));
            if (reasons.size() > MOST_REASONS) {
                out.println("... and " + (reasons.size() - MOST_REASONS) + " more reasons in cases.csv");
            }
            if (!reasons.isEmpty()) {
                out.println();
            }
        }
    }

    /// What the plan leaves out: cases by name where a reason has few, else how many.
    private void notRun(PrintWriter out) {
        Map<String, Set<String>> left = new TreeMap<>();
        rows.stream()
                .filter(row -> row.verdict() == Verdict.NOT_RUN)
                .forEach(row -> left.computeIfAbsent(row.reason(), reason -> new TreeSet<>())
                        .add(row.caseId()));
        List<String> lines = new ArrayList<>();
        left.forEach((reason, cases) -> {
            if (cases.size() > MOST_REASONS) {
                lines.add("not run: " + cases.size() + " cases: " + reason);
            } else {
                cases.forEach(id -> lines.add("not run: " + id + ": " + reason));
            }
        });
        lines.stream().limit(MOST_SHOWN).forEach(out::println);
        if (lines.size() > MOST_SHOWN) {
            out.println("... and " + (lines.size() - MOST_SHOWN) + " more in cases.csv");
        }
        if (!lines.isEmpty()) {
            out.println();
        }
    }
}
