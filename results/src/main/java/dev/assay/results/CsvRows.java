package dev.assay.results;

import dev.assay.HarnessException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The rows of a table, one at a time; memory is bounded by one row and the parts of one key.
///
/// ```java
/// try (CsvRows<CaseRow> rows = table.open(file)) {
///     while (rows.advance()) {
///         use(rows.row(), rows.line());
///     }
/// }
/// ```
///
/// Reading is strict: what [CsvWriter] would not have written in the same bytes is an error with file and line. After
/// one about a row, [#advance] goes on behind it, for who wants to see them all; after one about the header it does
/// not.
///
/// @param <R> type of the rows
public final class CsvRows<R extends Record & Keyed> implements Closeable {
    /// Of a cell, in bytes. What [CellText] leaves is shorter by far.
    static final int LONGEST_CELL = 1 << 16;

    private static final int LONGEST_LINE = 1 << 20;

    private final Columns<R> columns;
    private final Path file;
    private final LineReader lines;
    private final @Nullable Object[] values;

    /// The line before without its end and where its cells ended: most cells stay the same from row to row, and are
    /// then neither decoded nor parsed again.
    private byte[] before = new byte[0];

    private final int[] beforeEnds;
    private boolean isBeforeUsable;
    private final int[] ends;
    private final Map<String, Long> parts = new HashMap<>();
    private @Nullable RowKey key;
    private long keyLine;
    private @Nullable R row;
    private boolean isBegun;
    private boolean isOver;

    CsvRows(Columns<R> columns, Path file, InputStream in) {
        this.columns = columns;
        this.file = file;
        this.lines = new LineReader(in, LONGEST_LINE);
        this.values = new @Nullable Object[columns.count()];
        this.ends = new int[columns.count()];
        this.beforeEnds = new int[columns.count()];
    }

    /// Goes to the next row; false after the last one. Throws [HarnessException] with file and line for a line that
    /// is none.
    public boolean advance() throws IOException {
        row = null;
        if (isOver) {
            return false;
        }
        if (!isBegun) {
            isBegun = true;
            isOver = true;
            readHeader();
            isOver = false;
        }
        if (!lines.advance()) {
            isOver = true;
            return false;
        }
        checkEnd();
        R read = read();
        checkOrder(read);
        row = read;
        return true;
    }

    /// The row that [#advance] went to. Throws IllegalStateException if there is none.
    public R row() {
        R current = row;
        if (current == null) {
            throw new IllegalStateException("no row: advance() was not called, or did not return true");
        }
        return current;
    }

    /// Number of the line that [#advance] went to; the header is line 1.
    public long line() {
        return lines.number();
    }

    /// Stands for the text of the line that [#advance] went to, without its end.
    public long fingerprint() {
        return Fingerprint.of(lines.bytes(), lines.from(), lines.to());
    }

    public Path file() {
        return file;
    }

    private void readHeader() throws IOException {
        if (!lines.advance()) {
            throw malformed(1, "the file is empty");
        }
        String header = decode(lines.bytes(), lines.from(), lines.to());
        if (header.startsWith("\uFEFF")) {
            throw malformed(
                    1,
                    "the file begins with a byte order mark, and not with '"
                            + columns.names().getFirst() + "'");
        }
        boolean foreign = header.endsWith("\r");
        checkHeader(Arrays.asList((foreign ? header.substring(0, header.length() - 1) : header).split(",", -1)));
        checkEnd();
    }

    private void checkHeader(List<String> found) {
        List<String> ours = columns.names();
        if (found.equals(ours)) {
            return;
        }
        List<String> unknown = new ArrayList<>(found);
        unknown.removeAll(ours);
        List<String> missing = new ArrayList<>(ours);
        missing.removeAll(found);
        int at = 0;
        while (at < found.size() && at < ours.size() && found.get(at).equals(ours.get(at))) {
            at++;
        }
        String first = at < found.size() ? "'" + Columns.shown(found.get(at)) + "'" : "nothing";
        String wanted = at < ours.size() ? "'" + ours.get(at) + "'" : "nothing";
        throw malformed(
                1,
                "the columns are not those of this version: column " + (at + 1) + " is " + first + " instead of "
                        + wanted + "; unknown " + Columns.shown(unknown.toString()) + ", missing " + missing);
    }

    private void checkEnd() {
        long line = lines.number();
        if (lines.isTooLong()) {
            throw malformed(
                    line, "the line is longer than " + LONGEST_LINE + " bytes: no cell is longer than " + LONGEST_CELL);
        }
        if (!lines.isWhole()) {
            throw malformed(line, "the last line has no end: the file was cut off");
        }
        if (lines.to() > lines.from() && lines.bytes()[lines.to() - 1] == '\r') {
            throw malformed(line, "the line ends with CR LF; line ends are LF alone");
        }
    }

    private R read() {
        int from = lines.from();
        byte[] bytes = lines.bytes();
        boolean usable = isBeforeUsable;
        isBeforeUsable = false;
        split(bytes, from, lines.to());
        int start = 0;
        int startBefore = 0;
        for (int i = 0; i < ends.length; i++) {
            int end = from + ends[i];
            if (!usable || !Arrays.equals(bytes, from + start, end, before, startBefore, beforeEnds[i])) {
                values[i] = value(i, bytes, from + start, end);
            }
            start = ends[i] + 1;
            startBefore = beforeEnds[i] + 1;
        }
        remember(bytes, from, lines.to() - from);
        return columns.row(values.clone(), file, lines.number());
    }

    /// Finds where the cells end, quotes included.
    private void split(byte[] bytes, int from, int to) {
        int count = 0;
        int at = from;
        while (true) {
            if (at < to && bytes[at] == '"') {
                at = afterQuotes(bytes, at + 1, to);
            } else {
                while (at < to && bytes[at] != ',') {
                    at++;
                }
            }
            if (count < ends.length) {
                ends[count] = at - from;
            }
            count++;
            if (at == to) {
                break;
            }
            if (bytes[at] != ',') {
                throw malformed(lines.number(), "a quote is not where it belongs: text follows it in cell " + count);
            }
            at++;
        }
        if (count != ends.length) {
            throw malformed(lines.number(), count + " cells instead of " + ends.length);
        }
    }

    private int afterQuotes(byte[] bytes, int from, int to) {
        int at = from;
        while (true) {
            while (at < to && bytes[at] != '"') {
                at++;
            }
            if (at == to) {
                throw malformed(lines.number(), "a quote is not where it belongs: none closes the cell");
            }
            if (at + 1 == to || bytes[at + 1] != '"') {
                return at + 1;
            }
            at += 2;
        }
    }

    private void remember(byte[] bytes, int from, int length) {
        if (before.length < length) {
            before = new byte[2 * length];
        }
        System.arraycopy(bytes, from, before, 0, length);
        System.arraycopy(ends, 0, beforeEnds, 0, ends.length);
        isBeforeUsable = true;
    }

    private @Nullable Object value(int column, byte[] bytes, int from, int to) {
        String name = columns.names().get(column);
        if (to - from > LONGEST_CELL) {
            throw malformed(
                    lines.number(), "column " + name + " holds " + (to - from) + " bytes, more than " + LONGEST_CELL);
        }
        String raw = decode(bytes, from, to);
        String cell = CsvLine.unquoted(raw);
        @Nullable Object value = columns.value(column, cell, file, lines.number());
        if (!CsvLine.isWrittenAs(cell, column == 0, raw)) {
            throw malformed(
                    lines.number(), "column " + name + " has quotes and needs none, or needs quotes and has none");
        }
        return value;
    }

    private void checkOrder(R read) {
        RowKey now = read.key();
        RowKey last = key;
        long line = lines.number();
        long lastLine = keyLine;
        int order = last == null ? 1 : now.compareTo(last);
        if (order != 0) {
            key = now;
            keyLine = line;
            parts.clear();
        }
        if (order < 0) {
            parts.put(read.part(), line);
            throw malformed(
                    line, "the order of the rows is not that of their keys: this one belongs before line " + lastLine);
        }
        Long twice = parts.putIfAbsent(read.part(), line);
        if (twice != null) {
            throw malformed(
                    line,
                    "the key stands in line " + twice + " already: " + now
                            + (read.part().isEmpty() ? "" : ", " + read.part()));
        }
    }

    private String decode(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < 0) {
                return Utf8.decode(Arrays.copyOfRange(bytes, from, to), file, lines.number(), Columns.FIX);
            }
        }
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private HarnessException malformed(long line, String what) {
        return Columns.malformed(file, line, what);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
