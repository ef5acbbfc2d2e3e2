/// The plugin interface: everything a chip vendor implements, and nothing else.
///
/// A [BackendProvider] announces, a [Backend] holds an open device, a [Kernel] is one [Call] made ready, a [Launch]
/// is a kernel bound to buffers. A backend whose kernels read and write host memory starts from [HostBackend].
///
/// Uses `dev.assay.tensor` and the JDK only. Adding an abstract method breaks every vendor.
@org.jspecify.annotations.NullMarked
package dev.assay.backend;
