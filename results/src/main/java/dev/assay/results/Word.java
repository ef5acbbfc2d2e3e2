package dev.assay.results;

/// A constant of an enum that stands in files as a word of its own, in snake case.
public interface Word {
    /// The word in files: `out_of_memory`.
    String word();
}
