package dev.assay.engine.imports;

import java.util.List;

/// What was made of a suite that others wrote.
///
/// @param suite text of the suite file; empty if there is nothing in it
/// @param read how many cases there were
/// @param taken how many of them stand in the suite
/// @param cases how many cases the suite has: several of theirs may ask the same call
/// @param leftOut the others, in order
public record Imported(String suite, int read, int taken, int cases, List<LeftOut> leftOut) {

    /// A case that does not stand in the suite.
    ///
    /// @param name as its authors call it
    public record LeftOut(String name, String reason) {}

    public Imported {
        leftOut = List.copyOf(leftOut);
    }
}
