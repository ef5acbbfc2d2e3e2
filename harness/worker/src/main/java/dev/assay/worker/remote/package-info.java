/// Backends in processes of their own: the protocol of docs/worker-protocol.md, spoken from both sides.
///
/// Start at [RemoteBackend] (the harness's side, a backend like any other) and [BackendHost] (the worker's side, which
/// serves a backend of its own process). [Wire] is what the messages look like.
@org.jspecify.annotations.NullMarked
package dev.assay.worker.remote;
