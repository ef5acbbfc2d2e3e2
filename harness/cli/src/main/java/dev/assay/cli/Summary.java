package dev.assay.cli;

import dev.assay.engine.model.Models;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.run.Backends;
import dev.assay.operator.Operators;
import dev.assay.results.CaseRow;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RowKey;
import dev.assay.results.Verdict;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What a person sees of a run when it is over.
final class Summary {
    private static final int MOST_SHOWN = 20;
    private static final int MOST_REASONS = 5;
    /// How the id of a part of a model ends for which there is no operator.
    private static final String LEFT_OUT = "/-/-/-/-";

    private final PlanFile plan;
    private final Collection<CaseRow> rows;
    private final boolean ownSeed;

    /// @param ownSeed whether the command line set the seed
    Summary(PlanFile plan, Collection<CaseRow> rows, boolean ownSeed) {
        this.plan = plan;
        this.rows = rows;
        this.ownSeed = ownSeed;
    }

    /// Rows by verdict, in the order of the verdicts.
    static Map<Verdict, Integer> counts(Collection<CaseRow> rows) {
        Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
        rows.forEach(row -> counts.merge(row.verdict(), 1, Integer::sum));
        return counts;
    }

    /// Planned rows that are not there.
    static int missing(PlanFile plan, Collection<CaseRow> rows) {
        Set<RowKey> missing = new HashSet<>(plan.keys());
        rows.forEach(row -> missing.remove(row.key()));
        return missing.size();
    }

    void print(PrintWriter out) {
        matrix(out);
        out.println();
        failures(out);
        refusals(out);
        notRun(out);
        Map<Verdict, Integer> counts = counts(rows);
        List<String> words = new ArrayList<>();
        counts.forEach((verdict, count) -> words.add(count + " " + verdict.word()));
        int missing = missing(plan, rows);
        if (missing > 0) {
            words.add(missing + " missing");
        }
        out.println((words.isEmpty() ? "nothing" : String.join(", ", words)) + " of "
                + plan.keys().size() + " planned");
    }

    private void matrix(PrintWriter out) {
        List<String> header = new ArrayList<>(List.of("passed of planned"));
        plan.backends().forEach(backend -> header.add(backend.label()));
        Table table = new Table(header.toArray(String[]::new));
        Set<String> operators = new TreeSet<>();
        plan.cases().forEach(planned -> operators.add(planned.operator()));
        Set<String> unknown = new TreeSet<>(operators);
        unknown.removeIf(Operators::has);
        operators.removeAll(unknown);
        operators.forEach(operator -> table.row(line(operator, Set.of(operator))));
        if (!unknown.isEmpty()) {
            table.row(line(unknown.size() + (unknown.size() == 1 ? " other" : " others"), unknown));
        }
        table.print(out);
    }

    /// One line of the matrix: some operators on every backend.
    private List<String> line(String label, Set<String> operators) {
        long planned = plan.cases().stream()
                .filter(one -> operators.contains(one.operator()))
                .count();
        List<String> cells = new ArrayList<>(List.of(label));
        for (BackendRef backend : plan.backends()) {
            List<CaseRow> here = rows.stream()
                    .filter(row -> operators.contains(row.operator())
                            && row.backend().equals(backend.id())
                            && row.backendOptions().equals(backend.options()))
                    .toList();
            cells.add(cell(here, planned));
        }
        return cells;
    }

    private static String cell(List<CaseRow> rows, long planned) {
        Map<Verdict, Integer> counts = counts(rows);
        StringBuilder text = new StringBuilder()
                .append(counts.getOrDefault(Verdict.PASS, 0))
                .append('/')
                .append(planned);
        counts.forEach((verdict, count) -> {
            if (verdict != Verdict.PASS) {
                text.append(", ").append(count).append(' ').append(verdict.word());
            }
        });
        return text.toString();
    }

    private void failures(PrintWriter out) {
        List<CaseRow> bad = rows.stream().filter(Exit::isBad).toList();
        for (CaseRow row : bad.subList(0, Math.min(MOST_SHOWN, bad.size()))) {
            String layer = row.layer().isEmpty() ? "" : " (" + row.layer() + ")";
            out.println(row.verdict().word() + layer + ": " + row.caseId() + " on "
                    + backend(row).label());
            out.println("  " + row.reason());
            out.println("  " + repeat(row));
        }
        if (bad.size() > MOST_SHOWN) {
            out.println("... and " + (bad.size() - MOST_SHOWN) + " more in cases.csv");
        }
        if (!bad.isEmpty()) {
            out.println();
        }
    }

    /// The backend of a row, with where its files lie.
    private BackendRef backend(CaseRow row) {
        return plan.backends().stream()
                .filter(backend ->
                        backend.id().equals(row.backend()) && backend.options().equals(row.backendOptions()))
                .findFirst()
                .orElseGet(() -> new BackendRef(row.backend(), row.backendOptions()));
    }

    /// The command line that runs one case again.
    private String repeat(CaseRow row) {
        String source = plan.suites().stream()
                .filter(suite -> suite.name().equals(row.suite()))
                .map(PlanFile.SuiteRef::source)
                .findFirst()
                .orElse(row.suite());
        List<String> words = new ArrayList<>(List.of(System.getProperty(Assay.COMMAND, "assay"), "run"));
        if (row.fill().startsWith("onnx-")) {
            words.add("--onnx");
            words.add(source);
        } else if (source.startsWith(Models.RESOURCES)) {
            words.add(row.suite());
            // What was asked of the model stands behind its file.
            words.addAll(List.of(source.split(" ")).subList(1, source.split(" ").length));
            if (RunSettings.of(plan).mode() == RunSettings.Mode.RELEASE) {
                words.add("--release");
            }
        } else {
            words.add(source.startsWith(Suites.RESOURCES) ? row.suite() : source);
        }
        if (ownSeed) {
            words.add("--seed");
            words.add(Long.toString(row.seed()));
        }
        words.add("--backend");
        words.add(Backends.argument(backend(row)));
        words.add("--case");
        words.add(row.caseId());
        return words.stream().map(Summary::quoted).collect(Collectors.joining(" "));
    }

    /// As a shell takes it for one word.
    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:=,+@-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
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
