package dev.assay.results.report;

import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.Keyed;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RowKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a row-by-row comparison of two tables finds: rows by their keys, not by their lines.
///
/// Both files are read twice and never held; what is printed of each kind is limited, and counted in full.
///
/// @param <R> type of the rows
public final class TableDiff<R extends Record & Keyed> {
    private static final String VERDICT = "verdict";
    private static final int MOST_SHOWN = 1000;
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,19}(\\.[0-9]{1,19})?(E-?[0-9]{1,3})?");
    private static final Comparator<Map.Entry<RowKey, String>> ORDER =
            Map.Entry.<RowKey, String>comparingByKey().thenComparing(Map.Entry.comparingByValue());

    private final CsvTable<R> table;
    private final Optional<Path> before;
    private final Optional<Path> after;

    private final Map<String, Uniform> uniform = new TreeMap<>();
    private final List<String> verdicts = new ArrayList<>();
    private final List<String> added = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> changed = new ArrayList<>();
    private long rowsBefore;
    private long rowsAfter;
    private long common;
    private long verdictChanges;
    private long additions;
    private long losses;
    private long changes;

    /// A cell before and after.
    private record Pair(String old, String now) {
        @Override
        public String toString() {
            return shown(old) + " -> " + shown(now);
        }

        private static String shown(String cell) {
            return cell.isEmpty() ? "(empty)" : cell;
        }
    }

    /// How a column changed, if it changed alike in every row.
    private static final class Uniform {
        private final Pair change;
        private long rows;
        private boolean differs;

        Uniform(Pair change) {
            this.change = change;
        }
    }

    /// What is done with a row of both tables, or of one.
    private interface Visitor<T> {
        void visit(@Nullable T old, @Nullable T now);
    }

    /// @param before the older file; empty if there was none
    /// @param after the newer one; empty if there is none
    public TableDiff(CsvTable<R> table, Optional<Path> before, Optional<Path> after) {
        this.table = table;
        this.before = before;
        this.after = after;
    }

    /// Prints the differences of a file of this name. Throws [dev.assay.HarnessException] if a table cannot be read.
    public void print(String name, PrintWriter out) throws IOException {
        scan(this::countColumns);
        uniform.values().removeIf(column -> column.differs || column.rows < common || common < 2);
        uniform.remove(VERDICT);
        scan(this::collect);
        out.println("assay diff of " + name + ": " + rowsBefore + " -> " + rowsAfter + " rows: " + verdictChanges
                + " with another verdict, " + additions + " new, " + losses + " missing, " + changes
                + " changed otherwise, " + (common - verdictChanges - changes) + " equal");
        uniform.forEach((column, change) -> out.println("  in every row  " + column + ": " + change.change));
        section(out, verdicts, verdictChanges);
        section(out, added, additions);
        section(out, missing, losses);
        section(out, changed, changes);
    }

    private static void section(PrintWriter out, List<String> lines, long all) {
        lines.forEach(out::println);
        if (all > lines.size()) {
            out.println("... and " + (all - lines.size()) + " more of this kind");
        }
    }

    private void scan(Visitor<R> visitor) throws IOException {
        try (Side old = new Side(before);
                Side now = new Side(after)) {
            rowsBefore = 0;
            rowsAfter = 0;
            while (old.row != null || now.row != null) {
                int order = old.compareTo(now);
                visitor.visit(order <= 0 ? old.row : null, order >= 0 ? now.row : null);
                if (order <= 0) {
                    rowsBefore++;
                    old.advance();
                }
                if (order >= 0) {
                    rowsAfter++;
                    now.advance();
                }
            }
        }
    }

    /// One of the files. Rows of one key come in any order of their parts and are sorted here; they are few.
    private final class Side implements AutoCloseable {
        private final @Nullable CsvRows<R> rows;
        private final List<R> group = new ArrayList<>();
        private @Nullable R ahead;
        private @Nullable R row;

        Side(Optional<Path> file) throws IOException {
            rows = file.isPresent() ? table.open(file.get()) : null;
            ahead = next();
            advance();
        }

        private @Nullable R next() throws IOException {
            return rows != null && rows.advance() ? rows.row() : null;
        }

        void advance() throws IOException {
            if (group.isEmpty()) {
                R first = ahead;
                while (first != null && ahead != null && ahead.key().equals(first.key())) {
                    group.add(ahead);
                    ahead = next();
                }
                group.sort(Comparator.comparing(Keyed::part));
            }
            row = group.isEmpty() ? null : group.removeFirst();
        }

        int compareTo(Side other) {
            R mine = row;
            R theirs = other.row;
            if (mine == null || theirs == null) {
                return mine == null ? 1 : -1;
            }
            return ORDER.compare(Map.entry(mine.key(), mine.part()), Map.entry(theirs.key(), theirs.part()));
        }

        @Override
        public void close() throws IOException {
            if (rows != null) {
                rows.close();
            }
        }
    }

    private void countColumns(@Nullable R old, @Nullable R now) {
        if (old == null || now == null) {
            return;
        }
        common++;
        changes(old, now).forEach((column, change) -> {
            Uniform so = uniform.computeIfAbsent(column, name -> new Uniform(change));
            so.rows++;
            so.differs |= !so.change.equals(change);
        });
    }

    private void collect(@Nullable R old, @Nullable R now) {
        if (old == null && now != null) {
            additions++;
            note(added, "new      " + name(now) + ending(now));
        } else if (now == null && old != null) {
            losses++;
            note(missing, "missing  " + name(old) + ending(old));
        } else if (now != null && old != null) {
            Map<String, Pair> differing = changes(old, now);
            differing.keySet().removeIf(column -> uniform.containsKey(column));
            Pair verdict = differing.remove(VERDICT);
            if (verdict != null) {
                verdictChanges++;
                note(verdicts, "verdict  " + verdict + "  " + name(now) + lines(differing));
            } else if (!differing.isEmpty()) {
                changes++;
                note(changed, "changed  " + name(now) + lines(differing));
            }
        }
    }

    private static void note(List<String> list, String text) {
        if (list.size() < MOST_SHOWN) {
            list.add(text);
        }
    }

    /// Old and new text of each column that differs, in the order of the columns.
    private Map<String, Pair> changes(R old, R now) {
        if (old.equals(now)) {
            return new LinkedHashMap<>();
        }
        Map<String, String> first = table.texts(old);
        Map<String, String> second = table.texts(now);
        Map<String, Pair> differing = new LinkedHashMap<>();
        for (String column : table.header()) {
            String a = first.getOrDefault(column, "");
            String b = second.getOrDefault(column, "");
            if (!a.equals(b)) {
                differing.put(column, new Pair(a, b));
            }
        }
        return differing;
    }

    private static String lines(Map<String, Pair> differing) {
        StringBuilder lines = new StringBuilder();
        differing.forEach((column, change) -> lines.append("\n           ")
                .append(column)
                .append(": ")
                .append(change)
                .append(relative(change.old(), change.now())));
        return lines.toString();
    }

    private static String relative(String old, String now) {
        if (!NUMBER.matcher(old).matches() || !NUMBER.matcher(now).matches()) {
            return "";
        }
        double before = Double.parseDouble(old);
        double change = 100 * (Double.parseDouble(now) - before) / Math.abs(before);
        return Double.isFinite(change) ? String.format(Locale.ROOT, " (%+.3g %%)", change) : "";
    }

    private String name(R row) {
        RowKey key = row.key();
        return key.caseId() + " of " + key.suite() + ", seed " + key.seed() + ", on "
                + new BackendRef(key.backend(), key.backendOptions()).label()
                + (row.part().isEmpty() ? "" : ", " + row.part());
    }

    private String ending(R row) {
        String verdict = table.texts(row).getOrDefault(VERDICT, "");
        return verdict.isEmpty() ? "" : "  " + verdict;
    }
}
