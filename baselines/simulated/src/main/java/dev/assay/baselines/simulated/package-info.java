/// A simulated accelerator: computes results as a described chip would, and models how long it would take.
///
/// Start at [SimulatedBackendProvider]. A [Chip] is described in JSON; what its kernels round, in which order they sum,
/// which keys they see is in the numerics records, which [Deviation]s change: faults that the judge must find and
/// variations that it must spare. Found by `ServiceLoader` like any vendor's plugin; never sees a reference.
@org.jspecify.annotations.NullMarked
package dev.assay.baselines.simulated;
