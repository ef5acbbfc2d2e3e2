package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.CsvWriter;
import dev.assay.results.Keyed;
import dev.assay.results.RowKey;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/// Joins tables of the same columns into one, row by row. What several hold about one key must be the same.
///
/// @param <R> type of the rows
final class TableMerge<R extends Record & Keyed> {
    private final CsvTable<R> table;

    TableMerge(Class<R> type) {
        this.table = new CsvTable<>(type);
    }

    /// All rows of one key in one file.
    private static final class Group<R extends Record & Keyed> implements Closeable {
        private final CsvRows<R> rows;
        private final List<R> group = new ArrayList<>();
        private final List<Long> lines = new ArrayList<>();
        private boolean more;

        Group(CsvRows<R> rows) throws IOException {
            this.rows = rows;
            this.more = rows.advance();
        }

        boolean advance() throws IOException {
            group.clear();
            lines.clear();
            while (more && (group.isEmpty() || rows.row().key().equals(key()))) {
                group.add(rows.row());
                lines.add(rows.line());
                more = rows.advance();
            }
            return !group.isEmpty();
        }

        RowKey key() {
            return group.getFirst().key();
        }

        @Override
        public void close() throws IOException {
            rows.close();
        }
    }

    /// Throws [HarnessException] that names two files and lines where they contradict each other.
    ///
    /// @param taken is told every row
    void merge(List<Path> files, OutputStream out, Consumer<R> taken) throws IOException {
        List<Group<R>> all = new ArrayList<>();
        try (CsvWriter<R> writer = table.writer(out)) {
            PriorityQueue<Group<R>> waiting = new PriorityQueue<>(Comparator.comparing(Group<R>::key));
            for (Path file : files) {
                Group<R> group = new Group<>(table.open(file));
                all.add(group);
                if (group.advance()) {
                    waiting.add(group);
                }
            }
            while (!waiting.isEmpty()) {
                Group<R> first = waiting.remove();
                for (R row : first.group) {
                    writer.write(row);
                    taken.accept(row);
                }
                while (!waiting.isEmpty() && waiting.element().key().equals(first.key())) {
                    Group<R> other = waiting.remove();
                    requireSame(first, other);
                    if (other.advance()) {
                        waiting.add(other);
                    }
                }
                if (first.advance()) {
                    waiting.add(first);
                }
            }
        } finally {
            for (Group<R> group : all) {
                group.close();
            }
        }
    }

    private void requireSame(Group<R> a, Group<R> b) {
        if (a.group.equals(b.group)) {
            return;
        }
        int at = 0;
        while (at < a.group.size() && at < b.group.size() && a.group.get(at).equals(b.group.get(at))) {
            at++;
        }
        throw new HarnessException(
                "the results contradict each other about " + PlanIndex.text(a.key()) + ": " + difference(a, b, at),
                where(a, at) + "; " + where(b, at),
                "leave one of the two out, or run the case in one of them only; neither is preferred silently");
    }

    private String difference(Group<R> a, Group<R> b, int at) {
        if (at >= a.group.size() || at >= b.group.size()) {
            return a.group.size() + " rows and " + b.group.size() + " rows";
        }
        var left = table.texts(a.group.get(at));
        var right = table.texts(b.group.get(at));
        for (String column : table.header()) {
            String x = left.getOrDefault(column, "");
            String y = right.getOrDefault(column, "");
            if (!x.equals(y)) {
                return column + " is '" + x + "' and '" + y + "'";
            }
        }
        return "the rows differ";
    }

    private static String where(Group<?> group, int at) {
        int last = group.lines.size() - 1;
        return group.rows.file() + ", line " + group.lines.get(Math.min(at, last));
    }
}
