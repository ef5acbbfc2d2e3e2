package dev.assay.results;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A CSV file whose columns are the components of a record.
///
/// UTF-8, LF, no locale anywhere, quotes only where needed, doubles in the shortest form that reads back equal, empty
/// for what is absent, rows in the byte order of their keys, no key twice. Reading is strict: a file that is not, byte
/// for byte, what its rows are written as is an error with file and line. So a file that was cut off, merged or saved
/// by a spreadsheet is never taken for a result.
///
/// [#open] and [#writer] take a file of any size, row by row; [#read] and [#write] hold it whole.
///
/// @param <R> record type; its components are String, boxed or primitive numbers or truths, or an enum that is a
///     [Word]
public final class CsvTable<R extends Record & Keyed> {
    private final Columns<R> columns;

    public CsvTable(Class<R> type) {
        this.columns = new Columns<>(type);
    }

    /// Column names in order: component names in snake case.
    public List<String> header() {
        return columns.names();
    }

    /// The whole file as text: rows in the byte order of their keys, rows of one key in the order given. Throws
    /// IllegalArgumentException if one of them is there twice.
    public String format(Collection<R> rows) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            write(text, rows);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /// As [#format], to a stream, which is closed then.
    public void write(OutputStream out, Collection<R> rows) throws IOException {
        List<R> sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparing(Keyed::key));
        try (CsvWriter<R> writer = writer(out)) {
            for (R row : sorted) {
                writer.write(row);
            }
        }
    }

    public void write(Path file, Collection<R> rows) throws IOException {
        write(Files.newOutputStream(file), rows);
    }

    /// Takes rows one by one, in the order of their keys.
    ///
    /// @param out is closed together with the writer
    public CsvWriter<R> writer(OutputStream out) {
        return new CsvWriter<>(columns, out);
    }

    /// The row as a line of the file, with its end.
    public String line(R row) {
        StringBuilder line = new StringBuilder();
        CsvLine.append(line, columns.cells(row));
        return line.toString();
    }

    /// What [CsvRows#fingerprint] is for this row.
    public long fingerprint(R row) {
        byte[] line = line(row).getBytes(StandardCharsets.UTF_8);
        return Fingerprint.of(line, 0, line.length - 1);
    }

    /// A row as texts by column, for a journal; absent values are left out.
    public Map<String, String> texts(R row) {
        Map<String, String> texts = new LinkedHashMap<>();
        List<String> cells = columns.cells(row);
        List<String> names = columns.names();
        for (int i = 0; i < cells.size(); i++) {
            if (!cells.get(i).isEmpty()) {
                texts.put(names.get(i), cells.get(i));
            }
        }
        return texts;
    }

    /// The row that [#texts] was given. Throws [HarnessException] for texts that are no row.
    ///
    /// @param file where they stand, at this line
    public R row(Map<String, String> texts, Path file, long line) {
        Map<String, String> left = new LinkedHashMap<>(texts);
        @Nullable Object[] values = new @Nullable Object[columns.count()];
        List<String> names = columns.names();
        for (int i = 0; i < values.length; i++) {
            String text = left.remove(names.get(i));
            values[i] = columns.value(i, text == null ? "" : text, file, line);
        }
        if (!left.isEmpty()) {
            throw Columns.malformed(file, line, "there are no columns " + left.keySet());
        }
        return columns.row(values, file, line);
    }

    /// The rows one by one. What is wrong shows when it is reached.
    public CsvRows<R> open(Path file) throws IOException {
        return new CsvRows<>(columns, file, Files.newInputStream(file));
    }

    /// Throws [HarnessException] that names file and line for anything that [#write] would not have written.
    public List<R> read(Path file) throws IOException {
        List<R> all = new ArrayList<>();
        try (CsvRows<R> rows = open(file)) {
            while (rows.advance()) {
                all.add(rows.row());
            }
        }
        return all;
    }
}
