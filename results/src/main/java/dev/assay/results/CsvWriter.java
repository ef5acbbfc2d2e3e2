package dev.assay.results;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes a table row by row. The rows come in the order of their keys already.
///
/// @param <R> type of the rows
public final class CsvWriter<R extends Record & Keyed> implements Closeable {
    private static final int CHUNK = 1 << 16;

    private final Columns<R> columns;
    private final OutputStream out;
    private final StringBuilder text = new StringBuilder();
    private final Set<String> parts = new HashSet<>();
    private @Nullable RowKey last;

    CsvWriter(Columns<R> columns, OutputStream out) {
        this.columns = columns;
        this.out = out;
        CsvLine.append(text, columns.names());
    }

    /// Throws IllegalArgumentException for a row that does not come after those before it.
    public void write(R row) throws IOException {
        RowKey key = row.key();
        int order = last == null ? 1 : key.compareTo(last);
        if (order != 0) {
            parts.clear();
        }
        if (order < 0 || !parts.add(row.part())) {
            throw new IllegalArgumentException("a row of " + key + " " + row.part() + " comes after one of " + last);
        }
        last = key;
        CsvLine.append(text, columns.cells(row));
        if (text.length() >= CHUNK) {
            flush();
        }
    }

    private void flush() throws IOException {
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        text.setLength(0);
    }

    @Override
    public void close() throws IOException {
        try (out) {
            flush();
        }
    }
}
