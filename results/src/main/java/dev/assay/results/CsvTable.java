package dev.assay.results;

import dev.assay.HarnessException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
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
/// for what is absent, rows in the byte order of their keys. Reading is strict: a header that is not exactly
/// ours, a short row or an unreadable cell is an error with file and line.
///
/// @param <R> record type; its components are String, boxed or primitive numbers, Boolean or an enum with `of(String)`
public final class CsvTable<R extends Record & Keyed> {
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

    /// Columns of a key with a separator that is smaller than any text.
    private static byte[] bytes(RowKey key) {
        return String.join(
                        "\0", key.suite(), key.caseId(), Long.toString(key.seed()), key.backend(), key.backendOptions())
                .getBytes(StandardCharsets.UTF_8);
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
        List<R> rows = new ArrayList<>();
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8);
                CSVParser parser = CSVParser.parse(in, FORMAT)) {
            boolean first = true;
            for (CSVRecord line : parser) {
                if (first) {
                    checkHeader(file, line);
                    first = false;
                } else {
                    rows.add(row(file, parser.getCurrentLineNumber(), line));
                }
            }
            if (first) {
                throw malformed(file, 1, "the file is empty", null);
            }
        }
        return rows;
    }

    private void checkHeader(Path file, CSVRecord line) {
        List<String> found = line.toList();
        if (!found.equals(header())) {
            List<String> unknown = new ArrayList<>(found);
            unknown.removeAll(header());
            List<String> missing = new ArrayList<>(header());
            missing.removeAll(found);
            throw malformed(
                    file,
                    1,
                    "the columns are not those of this version: unknown " + unknown + ", missing " + missing,
                    null);
        }
    }

    private R row(Path file, long line, CSVRecord cells) {
        if (cells.size() != components.length) {
            throw malformed(file, line, cells.size() + " cells instead of " + components.length, null);
        }
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            try {
                values[i] = parse(components[i].getType(), cells.get(i));
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
        String fix = "restore the file from the run that wrote it; it is not repaired silently";
        return cause == null ? new HarnessException(what, where, fix) : new HarnessException(what, where, fix, cause);
    }
}
