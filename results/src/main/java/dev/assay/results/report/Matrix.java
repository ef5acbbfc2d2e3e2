package dev.assay.results.report;

import dev.assay.results.CaseRow;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Passed cases of those planned, by operator and backend.
public final class Matrix {
    /// What stands where an operator is not planned.
    private static final String NOT_PLANNED = "-";

    private final List<String> labels;
    private final List<List<String>> lines;

    private Matrix(List<String> labels, List<List<String>> lines) {
        this.labels = List.copyOf(labels);
        this.lines = List.copyOf(lines);
    }

    /// Some operators on one backend of one run.
    private static final class Column {
        private final Map<String, Long> planned = new TreeMap<>();
        private final Map<String, Map<Verdict, Integer>> verdicts = new HashMap<>();

        String cell(Collection<String> operators) {
            long all = 0;
            Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
            for (String operator : operators) {
                all += planned.getOrDefault(operator, 0L);
                verdicts.getOrDefault(operator, Map.of())
                        .forEach((verdict, count) -> counts.merge(verdict, count, Integer::sum));
            }
            return all == 0 && counts.isEmpty() ? NOT_PLANNED : VerdictCounts.cell(counts, all);
        }
    }

    /// Of one run.
    ///
    /// @param known operators that get a line of their own; the others share one
    public static Matrix of(PlanFile plan, Collection<CaseRow> rows, Predicate<String> known) {
        return of(plan.backends().stream().map(BackendRef::label).toList(), columns(plan, rows), known);
    }

    /// Of several runs, a column for each backend of each. Where two runs have a backend in common, its columns name
    /// the run.
    public static Matrix of(List<ReportedRun> runs, Predicate<String> known) {
        List<String> labels = new ArrayList<>();
        List<Column> columns = new ArrayList<>();
        Map<String, Integer> times = new HashMap<>();
        runs.forEach(run -> run.plan().backends().forEach(backend -> times.merge(backend.label(), 1, Integer::sum)));
        for (ReportedRun run : runs) {
            for (BackendRef backend : run.plan().backends()) {
                String label = backend.label();
                labels.add(
                        times.getOrDefault(label, 0) > 1
                                ? label + " in " + run.manifest().runId()
                                : label);
            }
            columns.addAll(columns(run.plan(), run.rows()));
        }
        return of(labels, columns, known);
    }

    private static List<Column> columns(PlanFile plan, Collection<CaseRow> rows) {
        Map<String, Column> columns = new HashMap<>();
        List<Column> inOrder = new ArrayList<>();
        for (BackendRef backend : plan.backends()) {
            Column column = new Column();
            for (PlannedCase planned : plan.cases()) {
                if (planned.isFor(backend)) {
                    column.planned.merge(planned.operator(), 1L, Long::sum);
                }
            }
            columns.put(backend.label(), column);
            inOrder.add(column);
        }
        for (CaseRow row : rows) {
            Column column = columns.get(new BackendRef(row.backend(), row.backendOptions()).label());
            if (column != null) {
                column.verdicts
                        .computeIfAbsent(row.operator(), operator -> new EnumMap<>(Verdict.class))
                        .merge(row.verdict(), 1, Integer::sum);
            }
        }
        return inOrder;
    }

    private static Matrix of(List<String> labels, List<Column> columns, Predicate<String> known) {
        Map<String, List<String>> groups = new TreeMap<>();
        List<String> others = new ArrayList<>();
        Map<String, Boolean> operators = new TreeMap<>();
        columns.forEach(column -> column.planned.keySet().forEach(operator -> operators.put(operator, true)));
        for (String operator : operators.keySet()) {
            if (known.test(operator)) {
                groups.put(operator, List.of(operator));
            } else {
                others.add(operator);
            }
        }
        List<List<String>> lines = new ArrayList<>();
        groups.forEach((label, group) -> lines.add(line(label, group, columns)));
        if (!others.isEmpty()) {
            lines.add(line(others.size() + (others.size() == 1 ? " other" : " others"), others, columns));
        }
        return new Matrix(labels, lines);
    }

    private static List<String> line(String label, Collection<String> operators, List<Column> columns) {
        List<String> cells = new ArrayList<>(List.of(label));
        columns.forEach(column -> cells.add(column.cell(operators)));
        return cells;
    }

    /// Labels of the columns; the first says what is counted.
    public List<String> header() {
        List<String> header = new ArrayList<>(List.of("passed of planned"));
        header.addAll(labels);
        return header;
    }

    /// A line for each operator: its name, then a cell for each backend.
    public List<List<String>> lines() {
        return lines;
    }
}
