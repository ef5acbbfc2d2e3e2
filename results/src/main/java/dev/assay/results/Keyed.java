package dev.assay.results;

/// A row that belongs to a planned case.
public interface Keyed {
    RowKey key();
}
