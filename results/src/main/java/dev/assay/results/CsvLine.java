package dev.assay.results;

import java.io.IOException;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.QuoteMode;

/// One line of a table as text. A row is one line always: no cell holds a line end.
final class CsvLine {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setRecordSeparator('\n')
            .setQuoteMode(QuoteMode.MINIMAL)
            .get();

    private CsvLine() {}

    /// Appends the cells and a line feed.
    static void append(StringBuilder out, List<String> cells) {
        for (int i = 0; i < cells.size(); i++) {
            append(out, cells.get(i), i == 0);
        }
        out.append('\n');
    }

    private static void append(StringBuilder out, String cell, boolean first) {
        if (isBare(cell, first)) {
            out.append(first ? "" : ",").append(cell);
            return;
        }
        try {
            FORMAT.print(cell, out, first);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
    }

    /// Whether a cell surely stands without quotes. As few do not, the library is asked about those alone.
    private static boolean isBare(String cell, boolean first) {
        int length = cell.length();
        if (length == 0) {
            return !first;
        }
        if (cell.charAt(0) <= '#' || cell.charAt(length - 1) <= ' ') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = cell.charAt(i);
            if (c == ',' || c == '"' || c < ' ') {
                return false;
            }
        }
        return true;
    }

    /// The cell that stands as `raw` in a file; `raw` begins with no quote, or is closed by one.
    static String unquoted(String raw) {
        return raw.isEmpty() || raw.charAt(0) != '"'
                ? raw
                : raw.substring(1, raw.length() - 1).replace("\"\"", "\"");
    }

    /// Whether this is how we write the cell.
    static boolean isWrittenAs(String cell, boolean first, String raw) {
        if (isBare(cell, first)) {
            return raw.equals(cell);
        }
        StringBuilder ours = new StringBuilder();
        append(ours, cell, first);
        return ours.substring(first ? 0 : 1).equals(raw);
    }
}
