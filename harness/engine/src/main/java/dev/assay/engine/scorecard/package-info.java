/// Judges outputs under the criteria that others have published, so that a reader can compare them with ours.
///
/// Start at [Scorecard]; each [Criterion] is one small class with its source, listed in [Criteria]. Nothing here
/// decides anything: a verdict comes from `engine.judge` alone. Uses operators for the fp64 reference, no backend.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.scorecard;
