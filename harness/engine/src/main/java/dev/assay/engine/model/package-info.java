/// Suites made from the numbers of a model: every operator call of its decode and prefill, and how often each runs.
///
/// Start at [Models] and [LanguageModel]. [Calls] is the one place that says with which operators of the catalogue a
/// part of a model is computed.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.model;
