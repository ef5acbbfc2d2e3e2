/// Says what kind of wrong an output is.
///
/// Start at [Diagnosing]. It sees the call, its inputs, what the device returned and which layers objected; never the
/// backend or its options.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.diagnosis;
