/// Backends that are no Java: providers that start a worker for a C library, for any program, for a PyTorch device.
///
/// They are plugins like any other, found by `ServiceLoader`; each opens a [dev.assay.worker.remote.RemoteBackend].
@org.jspecify.annotations.NullMarked
package dev.assay.worker.bridge;
