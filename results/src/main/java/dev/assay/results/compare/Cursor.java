package dev.assay.results.compare;

import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.Keyed;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The rows of a table from first to last, with a look at the next one.
///
/// @param <R> type of the rows
final class Cursor<R extends Record & Keyed> implements Closeable {
    private final CsvRows<R> rows;
    private @Nullable R row;

    Cursor(CsvTable<R> table, Path file) throws IOException {
        rows = table.open(file);
        try {
            advance();
        } catch (IOException | RuntimeException e) {
            rows.close();
            throw e;
        }
    }

    /// The row where it stands; null behind the last one.
    @Nullable
    R row() {
        return row;
    }

    void advance() throws IOException {
        row = rows.advance() ? rows.row() : null;
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
