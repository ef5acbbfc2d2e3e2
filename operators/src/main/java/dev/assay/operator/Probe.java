package dev.assay.operator;

/// A further data set on which a kernel is asked the same call again when one of its cases is judged.
///
/// @param fill recipe for the whole call, as in a suite: `integers(-2,2)`
/// @param contract whether a wrong answer says that the arithmetic is not the declared one; the layer `contract`
///     reports it then, whichever layer saw it
/// @param shows what a wrong answer means, as the end of a sentence: `partial sums are kept in fewer bits`
public record Probe(String fill, boolean contract, String shows) {}
