/// Decides whether a device's output is right.
///
/// Start at [Judge]. A [Trial] runs a kernel in guarded memory; each [Layer] asks one question about it; [Comparison]
/// holds an output against the reference, element by element.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.judge;
