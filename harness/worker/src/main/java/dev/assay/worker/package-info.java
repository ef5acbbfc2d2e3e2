/// Processes that may crash or hang without taking the harness with them, and how they are talked to.
///
/// Start at [WorkerProcess] (the harness's side) and [WorkerConnection] (the worker's side). What the frames say is the
/// business of those who use them.
@org.jspecify.annotations.NullMarked
package dev.assay.worker;
