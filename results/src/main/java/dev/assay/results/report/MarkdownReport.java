package dev.assay.results.report;

import static dev.assay.results.report.Markdown.code;

import dev.assay.results.CaseRow;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RowKey;
import dev.assay.results.Verdict;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A page for a pull request or a step summary of GitHub or GitLab.
public final class MarkdownReport {
    /// By which a robot finds its own comment again.
    private static final String MARK = "<!-- assay-report -->\n";

    private static final int ROOM_FOR_FOLDED = 20_000;
    private static final int ROOM_FOR_END = 4_000;

    private final List<ReportedRun> runs;
    private final Optional<GateVerdict> gate;
    private final Predicate<String> known;
    private final Repeat repeat;
    private final Markdown page = new Markdown(Markdown.LARGEST);

    /// How a row is repeated, as a command line.
    public interface Repeat {
        String command(ReportedRun run, CaseRow row);
    }

    /// @param gate what a gate said of the only run; empty without one
    /// @param known operators that get a line of their own
    public MarkdownReport(List<ReportedRun> runs, Optional<GateVerdict> gate, Predicate<String> known, Repeat repeat) {
        this.runs = List.copyOf(runs);
        this.gate = gate;
        this.known = known;
        this.repeat = repeat;
    }

    /// The page, of at most 60 KB.
    public String text() {
        page.add(MARK);
        headline();
        Matrix matrix = Matrix.of(runs, known);
        page.addAll(Markdown.table(matrix.header(), matrix.lines()), ROOM_FOR_FOLDED + ROOM_FOR_END, "operators");
        page.add("\n");
        gate.ifPresent(this::reasons);
        failures();
        gate.ifPresent(this::waived);
        refusals();
        origin();
        return page.toString();
    }

    private void headline() {
        Map<Verdict, Integer> counts = new TreeMap<>();
        int missing = 0;
        long planned = 0;
        for (ReportedRun run : runs) {
            VerdictCounts.of(run.rows()).forEach((verdict, count) -> counts.merge(verdict, count, Integer::sum));
            missing += run.missing().size();
            planned += run.plan().keys().size();
        }
        String sentence = VerdictCounts.sentence(counts, missing, planned);
        boolean bad = missing > 0 || counts.keySet().stream().anyMatch(Verdict::isBad);
        String head = gate.map(verdict -> verdict.isPassed()
                        ? "gate passed"
                        : "gate failed (exit code " + verdict.exitCode() + ", "
                                + verdict.reasons().size() + (verdict.reasons().size() == 1 ? " reason)" : " reasons)"))
                .orElse(bad ? "not everything is right" : "nothing is wrong");
        page.add("### Assay: " + head + "\n\n**" + sentence + "**");
        gate.ifPresent(verdict -> {
            GateVerdict.Counts seen = verdict.counts();
            page.add("; in scope " + seen.inScope() + ": " + seen.passed() + " passed, " + seen.waived() + " waived, "
                    + seen.refused() + " refused as allowed, " + seen.announced() + " not run as announced, "
                    + seen.closing() + " close the gate");
        });
        page.add("\n\n");
    }

    /// Those that are about no row, and about rows that have none.
    private void reasons(GateVerdict verdict) {
        Map<RowKey, CaseRow> rows = rows();
        List<String> pieces = new ArrayList<>();
        for (Reason reason : verdict.reasons()) {
            if (reason.row().isEmpty()) {
                pieces.add("- **" + reason.kind().word() + "** " + code(reason.what()) + "\n");
            } else if (!rows.containsKey(reason.row().get())
                    || reason.kind() == Reason.Kind.REGRESSED
                    || reason.kind() == Reason.Kind.INCONCLUSIVE
                    || reason.kind() == Reason.Kind.INCOMPARABLE) {
                pieces.add("- **" + reason.kind().word() + "** "
                        + of(reason.row().get()) + ": " + code(reason.what()) + "\n");
            }
        }
        page.addAll(pieces, ROOM_FOR_FOLDED + ROOM_FOR_END, "reasons in verdict.json");
        page.add("\n");
    }

    private Map<RowKey, CaseRow> rows() {
        Map<RowKey, CaseRow> rows = new HashMap<>();
        runs.forEach(run -> run.rows().forEach(row -> rows.put(row.key(), row)));
        return rows;
    }

    private static String of(RowKey key) {
        return code(key.caseId()) + " on " + code(new BackendRef(key.backend(), key.backendOptions()).label());
    }

    private void failures() {
        Map<RowKey, String> closing = new HashMap<>();
        gate.ifPresent(verdict ->
                verdict.reasons().forEach(reason -> reason.row().ifPresent(row -> closing.put(row, reason.what()))));
        List<String> pieces = new ArrayList<>();
        for (ReportedRun run : runs) {
            for (CaseRow row : run.rows()) {
                boolean shown = gate.isPresent()
                        ? row.verdict() != Verdict.PASS && closing.containsKey(row.key())
                        : row.verdict().isBad();
                if (shown) {
                    pieces.add(failure(run, row, closing.getOrDefault(row.key(), row.reason())));
                }
            }
        }
        if (!pieces.isEmpty()) {
            page.add("#### " + pieces.size() + (pieces.size() == 1 ? " row" : " rows") + " to look at\n\n");
            page.addAll(pieces, ROOM_FOR_END, "rows in cases.csv");
            page.add("\n");
        }
    }

    private String failure(ReportedRun run, CaseRow row, String why) {
        StringBuilder piece = new StringBuilder("- **")
                .append(row.verdict().word())
                .append("**")
                .append(row.layer().isEmpty() ? "" : " (" + code(row.layer()) + ")")
                .append(' ')
                .append(of(row.key()))
                .append("  \n  ")
                .append(code(why))
                .append('\n');
        if (!row.worstIndex().isEmpty()) {
            piece.append("  worst element ")
                    .append(code(row.worstIndex()))
                    .append(": expected ")
                    .append(number(row.expected()))
                    .append(", got ")
                    .append(number(row.actual()))
                    .append(", allowed error ")
                    .append(number(row.bound()))
                    .append('\n');
        }
        String command = Markdown.block(repeat.command(run, row));
        return piece.append(command.isEmpty() ? "" : "\n" + command)
                .append('\n')
                .toString();
    }

    private static String number(@Nullable Double value) {
        return value == null ? "-" : "`" + value + "`";
    }

    private void waived(GateVerdict verdict) {
        List<String> pieces = verdict.waived().stream()
                .map(one -> "- " + one.verdict() + " of " + of(one.row()) + ": waiver " + code(one.waiver()) + " of "
                        + code(one.owner()) + ", until " + one.expires() + "\n")
                .toList();
        page.folded(pieces.size() + " waived", pieces, ROOM_FOR_END, "in verdict.json");
        List<String> notes =
                verdict.notes().stream().map(note -> "- " + code(note) + "\n").toList();
        page.folded(notes.size() + (notes.size() == 1 ? " note" : " notes"), notes, ROOM_FOR_END, "in verdict.json");
    }

    private void refusals() {
        Map<String, Integer> reasons = new LinkedHashMap<>();
        int refused = 0;
        for (ReportedRun run : runs) {
            for (CaseRow row : run.rows()) {
                if (row.verdict() == Verdict.UNSUPPORTED || row.verdict() == Verdict.NOT_RUN) {
                    refused++;
                    String label = new BackendRef(row.backend(), row.backendOptions()).label();
                    reasons.merge(
                            row.verdict().word() + " on " + code(label) + ": " + code(row.reason()), 1, Integer::sum);
                }
            }
        }
        List<String> pieces = reasons.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed().thenComparing(Map.Entry::getKey))
                .map(reason -> "- " + reason.getValue() + " x " + reason.getKey() + "\n")
                .toList();
        page.folded(refused + " refused or not run, and why", pieces, ROOM_FOR_END / 2, "reasons in cases.csv");
    }

    private void origin() {
        List<String> pieces = new ArrayList<>();
        for (ReportedRun run : runs) {
            Manifest manifest = run.manifest();
            Boolean clean = manifest.cleanTree();
            String tree = clean == null ? "unknown tree" : clean ? "clean tree" : "tree with changes";
            pieces.add("- run " + code(manifest.runId()) + ", Assay " + code(manifest.version()) + ", commit "
                    + code(manifest.commit()) + ", " + tree + ", rules " + code(manifest.ruleConstants())
                    + ", hardware class " + code(run.hardwareClass()) + "\n");
            for (SuiteRef suite : run.plan().suites()) {
                pieces.add("  - suite " + code(suite.name()) + ", sha256 " + code(suite.sha256()) + "\n");
            }
        }
        page.folded("What was run", pieces, 0, "suites in plan.json");
    }
}
