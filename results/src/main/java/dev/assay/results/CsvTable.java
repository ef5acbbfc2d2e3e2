package dev.assay.results;

import dev.assay.HarnessException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.QuoteMode;
import org.jspecify.annotations.Nullable;

/// A CSV file whose columns are the components of a record.
///
/// UTF-8, LF, no locale anywhere, quotes only where needed, doubles in the shortest form that reads back equal, empty
/// for what is absent, rows in the byte order of their keys. Reading is strict: a file that is not, byte for byte,
/// what its rows are written as is an error with file and line. So a file that was cut off, merged or saved by a
/// spreadsheet is never taken for a result.
///
/// @param <R> record type; its components are String, boxed or primitive numbers, Boolean or an enum with
///     `of(String)`
public final class CsvTable<R extends Record & Keyed> {
    private static final String FIX = "restore the file from the run that wrote it; it is not repaired silently";
    private static final Pattern HUMP = Pattern.compile("([a-z0-9])([A-Z])");
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setRecordSeparator('\n')
            .setQuoteMode(QuoteMode.MINIMAL)
            .get();

    private final Class<R> type;
    private final RecordComponent[] components;

    public CsvTable(Class<R> type) {
        this.type = type;
        this.components = type.getRecordComponents();
    }

    /// Column names in order: component names in snake case.
    public List<String> header() {
        return Arrays.stream(components).map(c -> column(c.getName())).toList();
    }

    private static String column(String component) {
        return HUMP.matcher(component).replaceAll("$1_$2").toLowerCase(Locale.ROOT);
    }

    /// The whole file as text: rows in the byte order of their keys, rows of one key in the order given.
    public String format(Collection<R> rows) {
        List<R> sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparing(Keyed::key, CsvTable::compare));
        StringWriter text = new StringWriter();
        try (CSVPrinter printer = new CSVPrinter(text, FORMAT)) {
            printer.printRecord(header());
            for (R row : sorted) {
                printer.printRecord(cells(row));
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return text.toString();
    }

    private static int compare(RowKey a, RowKey b) {
        return Arrays.compareUnsigned(bytes(a), bytes(b));
    }

    /// Columns of a key as they are written, so that a file's order shows in the file, with a separator that is
    /// smaller than any of their characters.
    private static byte[] bytes(RowKey key) {
        return String.join(
                        "\0",
                        CellText.harmless(key.suite()),
                        CellText.harmless(key.caseId()),
                        Long.toString(key.seed()),
                        CellText.harmless(key.backend()),
                        CellText.harmless(key.backendOptions()))
                .getBytes(StandardCharsets.UTF_8);
    }

    /// A row as texts by column, for a journal; absent values are left out.
    public Map<String, String> texts(R row) {
        Map<String, String> texts = new LinkedHashMap<>();
        List<String> cells = cells(row);
        for (int i = 0; i < components.length; i++) {
            if (!cells.get(i).isEmpty()) {
                texts.put(column(components[i].getName()), cells.get(i));
            }
        }
        return texts;
    }

    /// The row that [#texts] was given. Throws [HarnessException] for texts that are no row.
    ///
    /// @param file where they stand, at this line
    public R row(Map<String, String> texts, Path file, long line) {
        Map<String, String> left = new LinkedHashMap<>(texts);
        List<String> cells = new ArrayList<>();
        for (RecordComponent component : components) {
            String text = left.remove(column(component.getName()));
            cells.add(text == null ? "" : text);
        }
        if (!left.isEmpty()) {
            throw malformed(file, line, "there are no columns " + left.keySet(), null);
        }
        return row(file, line, cells);
    }

    private List<String> cells(R row) {
        List<String> cells = new ArrayList<>();
        for (RecordComponent component : components) {
            cells.add(cell(value(row, component)));
        }
        return cells;
    }

    private static @Nullable Object value(Record row, RecordComponent component) {
        try {
            return component.getAccessor().invoke(row);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("component " + component.getName() + " cannot be read", e);
        }
    }

    private static String cell(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case Verdict verdict -> verdict.word();
            case Ruling ruling -> ruling.word();
            case Fate fate -> fate.word();
            case String text -> CellText.harmless(text);
            default -> value.toString();
        };
    }

    public void write(Path file, Collection<R> rows) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            out.write(format(rows));
        }
    }

    /// Throws [HarnessException] that names file and line for anything that [#write] would not have written.
    public List<R> read(Path file) throws IOException {
        String text = Utf8.read(file, FIX);
        List<R> rows = new ArrayList<>();
        try (CSVParser parser = CSVParser.parse(text, FORMAT)) {
            boolean first = true;
            try {
                for (CSVRecord line : parser) {
                    if (first) {
                        checkHeader(file, line);
                        first = false;
                    } else {
                        rows.add(row(file, parser.getCurrentLineNumber(), line.toList()));
                    }
                }
            } catch (UncheckedIOException e) {
                throw malformed(file, parser.getCurrentLineNumber(), "a quote is not where it belongs", e);
            }
            if (first) {
                throw malformed(file, 1, "the file is empty", null);
            }
        }
        checkForm(file, text, format(rows));
        return rows;
    }

    private void checkHeader(Path file, CSVRecord line) {
        List<String> found = line.toList();
        List<String> ours = header();
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
        String first = at < found.size() ? "'" + found.get(at) + "'" : "nothing";
        String wanted = at < ours.size() ? "'" + ours.get(at) + "'" : "nothing";
        throw malformed(
                file,
                1,
                "the columns are not those of this version: column " + (at + 1) + " is " + first + " instead of "
                        + wanted + "; unknown " + unknown + ", missing " + missing,
                null);
    }

    private static void checkForm(Path file, String text, String ours) {
        if (text.equals(ours)) {
            return;
        }
        long line = 1;
        for (int i = 0; i < text.length() && i < ours.length() && text.charAt(i) == ours.charAt(i); i++) {
            line += text.charAt(i) == '\n' ? 1 : 0;
        }
        throw malformed(
                file, line, "the line is not as it was written: order of the rows, quotes or line ends differ", null);
    }

    private R row(Path file, long line, List<String> cells) {
        if (cells.size() != components.length) {
            throw malformed(file, line, cells.size() + " cells instead of " + components.length, null);
        }
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            try {
                values[i] = parse(components[i].getType(), cells.get(i));
                if (!cell(values[i]).equals(cells.get(i))) {
                    throw new IllegalArgumentException("written as '" + cell(values[i]) + "'");
                }
            } catch (IllegalArgumentException e) {
                throw malformed(
                        file, line, "column " + column(components[i].getName()) + " holds '" + cells.get(i) + "'", e);
            }
        }
        try {
            return constructor().newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw malformed(file, line, "the row cannot be read", e);
        }
    }

    private Constructor<R> constructor() throws NoSuchMethodException {
        return type.getDeclaredConstructor(
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
    }

    private static @Nullable Object parse(Class<?> type, String cell) {
        if (type == String.class) {
            return cell;
        }
        if (type == Verdict.class) {
            return Verdict.of(cell);
        }
        if (type == Ruling.class) {
            return Ruling.of(cell);
        }
        if (type == Fate.class) {
            return Fate.of(cell);
        }
        if (cell.isEmpty() && !type.isPrimitive()) {
            return null;
        }
        if (type == long.class || type == Long.class) {
            return Long.valueOf(cell);
        }
        if (type == int.class) {
            return Integer.valueOf(cell);
        }
        if (type == double.class || type == Double.class) {
            return Double.valueOf(cell);
        }
        if (type == Boolean.class && (cell.equals("true") || cell.equals("false"))) {
            return Boolean.valueOf(cell);
        }
        throw new IllegalArgumentException("not a " + type.getSimpleName());
    }

    private static HarnessException malformed(Path file, long line, String what, @Nullable Exception cause) {
        String where = file + ", line " + line;
        return cause == null ? new HarnessException(what, where, FIX) : new HarnessException(what, where, FIX, cause);
    }
}
