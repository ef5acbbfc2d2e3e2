package dev.assay.cli;

import dev.assay.engine.run.SupportReply.Answer;
import dev.assay.engine.run.SupportSurvey.Asked;
import dev.assay.results.CsvTable;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.SupportRow;
import dev.assay.tensor.DType;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What a backend supports, counted by operator and dtype, in three forms.
final class SupportMatrix {
    private static final int MOST_REASONS = 20;
    private static final List<String> DTYPES =
            Arrays.stream(DType.values()).map(DType::label).toList();

    private final BackendRef backend;
    private final Map<String, Map<String, Cell>> cells = new TreeMap<>();
    private final Map<String, Integer> reasons = new TreeMap<>();
    private final Map<Answer, Integer> answers = new EnumMap<>(Answer.class);

    /// Calls of an operator and dtype.
    private static final class Cell {
        private int asked;
        private int supported;
        private final Map<Answer, Map<String, Integer>> answers = new EnumMap<>(Answer.class);

        /// `12/14`.
        @Override
        public String toString() {
            return supported + "/" + asked;
        }
    }

    SupportMatrix(BackendRef backend, List<Asked> asked) {
        this.backend = backend;
        for (Asked one : asked) {
            Cell cell = cells.computeIfAbsent(one.call().operator(), operator -> new TreeMap<>(byWidth()))
                    .computeIfAbsent(one.dtype(), dtype -> new Cell());
            Answer answer = one.reply().answer();
            cell.asked++;
            cell.supported += answer == Answer.SUPPORTED ? 1 : 0;
            cell.answers
                    .computeIfAbsent(answer, a -> new TreeMap<>())
                    .merge(one.reply().reason(), 1, Integer::sum);
            answers.merge(answer, 1, Integer::sum);
            if (answer != Answer.SUPPORTED) {
                reasons.merge(answer.word() + ": " + one.reply().reason(), 1, Integer::sum);
            }
        }
    }

    /// Dtypes in the order in which they are declared.
    private static Comparator<String> byWidth() {
        return Comparator.comparingInt((String dtype) -> DTYPES.indexOf(dtype))
                .thenComparing(Comparator.naturalOrder());
    }

    /// Whether something was answered so.
    boolean has(Answer answer) {
        return answers.containsKey(answer);
    }

    private int asked() {
        return answers.values().stream().mapToInt(Integer::intValue).sum();
    }

    private String total() {
        return String.format(
                Locale.ROOT,
                "%s supports %d of %d calls of %d operators",
                backend.label(),
                answers.getOrDefault(Answer.SUPPORTED, 0),
                asked(),
                cells.size());
    }

    /// Reasons with their counts, the most frequent first.
    private static List<String> ranked(Map<String, Integer> reasons) {
        return reasons.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed().thenComparing(Map.Entry::getKey))
                .map(reason -> reason.getValue() + " x " + reason.getKey())
                .toList();
    }

    /// A line for each operator and dtype, then the reasons.
    void print(PrintWriter out) {
        Table table = new Table("operator", "dtype", "supported", "why not");
        cells.forEach((operator, dtypes) -> dtypes.forEach((dtype, cell) -> {
            Map<String, Integer> own = new TreeMap<>();
            cell.answers.forEach((answer, counts) -> counts.forEach((reason, count) -> {
                if (answer != Answer.SUPPORTED) {
                    own.merge(
                            answer == Answer.UNSUPPORTED ? reason : answer.word() + ": " + reason, count, Integer::sum);
                }
            }));
            table.row(operator, dtype, cell.toString(), String.join("; ", ranked(own)));
        }));
        table.print(out);
        out.println();
        List<String> all = ranked(reasons);
        all.stream().limit(MOST_REASONS).forEach(out::println);
        if (all.size() > MOST_REASONS) {
            out.println("... and " + (all.size() - MOST_REASONS) + " more reasons; --format csv has them all");
        }
        out.println(total());
    }

    /// A table operator by dtype, then the reasons; pipes within them are escaped.
    String markdown() {
        TreeSet<String> columns = new TreeSet<>(byWidth());
        cells.values().forEach(dtypes -> columns.addAll(dtypes.keySet()));
        StringBuilder text = new StringBuilder("## ").append(total()).append("\n\n");
        text.append("| operator | ").append(String.join(" | ", columns)).append(" |\n");
        text.append("|---|").repeat("---|", columns.size()).append("\n");
        cells.forEach((operator, dtypes) -> text.append("| `")
                .append(operator)
                .append("` | ")
                .append(columns.stream()
                        .map(dtype ->
                                dtypes.containsKey(dtype) ? dtypes.get(dtype).toString() : "")
                        .collect(Collectors.joining(" | ")))
                .append(" |\n"));
        if (!reasons.isEmpty()) {
            text.append("\n");
            ranked(reasons)
                    .forEach(reason -> text.append("- ").append(plain(reason)).append("\n"));
        }
        return text.append("\n").toString();
    }

    /// Text of a backend, which may not become markup.
    private static String plain(String text) {
        return text.replaceAll("([\\\\`*_{}\\[\\]<>|#])", "\\\\$1");
    }

    /// All answers of all backends.
    static String csv(List<SupportMatrix> matrices) {
        List<SupportRow> rows = new ArrayList<>();
        for (SupportMatrix matrix : matrices) {
            matrix.cells.forEach((operator, dtypes) -> dtypes.forEach((dtype, cell) ->
                    cell.answers.forEach((answer, counts) -> counts.forEach((reason, count) -> rows.add(new SupportRow(
                            matrix.backend.id(),
                            matrix.backend.options(),
                            operator,
                            dtype,
                            cell.asked,
                            answer.word(),
                            count,
                            reason))))));
        }
        return new CsvTable<>(SupportRow.class).format(rows);
    }
}
