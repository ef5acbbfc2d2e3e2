package dev.assay.results;

/// A row that belongs to a planned case.
public interface Keyed {
    RowKey key();

    /// What tells the rows of one key apart; the same text for all where a key has one row only. A table never holds
    /// two rows of the same key and part.
    default String part() {
        return "";
    }
}
