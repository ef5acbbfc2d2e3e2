/// Runs a plan: workers, rows, the journal.
///
/// Start at [Run], which is the harness's side, and [WorkerMain], which is the worker's.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.run;
