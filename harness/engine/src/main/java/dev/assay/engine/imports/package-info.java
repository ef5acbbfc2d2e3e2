/// Suites that others wrote, turned into suite files: their calls, with inputs that a recipe makes.
///
/// Start at [OnnxImport] and [TecoImport]. What cannot be said in a suite, or is no operator of the catalogue, is left
/// out with its name and the reason.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.imports;
