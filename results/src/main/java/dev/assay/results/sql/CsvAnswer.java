package dev.assay.results.sql;

import dev.assay.results.CellText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.QuoteMode;
import org.jspecify.annotations.Nullable;

/// An answer as CSV under the rules of our other tables: LF, minimal quotes, empty for NULL, no cell that a
/// spreadsheet takes for a formula, shortest doubles.
public final class CsvAnswer implements Answer {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setRecordSeparator('\n')
            .setQuoteMode(QuoteMode.MINIMAL)
            .get();

    private final Appendable out;

    public CsvAnswer(Appendable out) {
        this.out = out;
    }

    @Override
    public void columns(List<String> names) {
        print(names.stream().map(CellText::harmless).toList());
    }

    @Override
    public void row(List<@Nullable Object> cells) {
        List<String> texts = new ArrayList<>();
        for (Object cell : cells) {
            texts.add(text(cell));
        }
        print(texts);
    }

    /// A cell as text: numbers as Java writes them, anything else made harmless.
    public static String text(@Nullable Object cell) {
        return switch (cell) {
            case null -> "";
            case Number number -> number.toString();
            case Boolean truth -> truth.toString();
            default -> CellText.harmless(cell.toString());
        };
    }

    private void print(List<String> cells) {
        try {
            FORMAT.printRecord(out, cells.toArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        // The stream belongs to who gave it.
    }
}
