/// From suites to cases: what is to be run, in which order, at what cost.
///
/// Start at [Suite] and [Planner].
@org.jspecify.annotations.NullMarked
package dev.assay.engine.plan;
