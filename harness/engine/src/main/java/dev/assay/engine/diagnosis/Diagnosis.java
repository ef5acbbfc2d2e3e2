package dev.assay.engine.diagnosis;

/// What kind of wrong an output is.
///
/// @param cause which kind
/// @param sentence for people
public record Diagnosis(Cause cause, String sentence) {}
