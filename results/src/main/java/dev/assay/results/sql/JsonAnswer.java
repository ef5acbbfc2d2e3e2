package dev.assay.results.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An answer as a JSON array with one object per row and line. NaN and infinities, which JSON has not, are
/// strings.
public final class JsonAnswer implements Answer {
    /// Of its own: the strict one sorts what is here in the order of the columns.
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Appendable out;
    private List<String> names = List.of();
    private boolean first = true;

    public JsonAnswer(Appendable out) {
        this.out = out;
    }

    @Override
    public void columns(List<String> columns) {
        names = unique(columns);
        print("[");
    }

    /// SQL may name two columns alike, and an object may not.
    private static List<String> unique(List<String> columns) {
        List<String> unique = new ArrayList<>();
        for (String column : columns) {
            String name = column;
            for (int i = 2; unique.contains(name); i++) {
                name = column + "_" + i;
            }
            unique.add(name);
        }
        return unique;
    }

    @Override
    public void row(List<@Nullable Object> cells) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (int i = 0; i < cells.size(); i++) {
            Object cell = cells.get(i);
            boolean plain = cell == null || cell instanceof Number || cell instanceof Boolean;
            row.put(names.get(i), plain ? cell : cell.toString());
        }
        try {
            print((first ? "\n" : ",\n") + MAPPER.writeValueAsString(row));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts, numbers and truths can be written", e);
        }
        first = false;
    }

    private void print(String text) {
        try {
            out.append(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        print(first ? "]\n" : "\n]\n");
    }
}
