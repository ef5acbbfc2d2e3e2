package dev.assay.results.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes what a query found, row by row.
public interface Answer extends AutoCloseable {

    /// Called once, before any row.
    void columns(List<String> names);

    /// Called for each row.
    ///
    /// @param cells text, numbers, booleans or null; anything else as text
    void row(List<@Nullable Object> cells);

    /// Called once, after the last row.
    @Override
    void close();
}
