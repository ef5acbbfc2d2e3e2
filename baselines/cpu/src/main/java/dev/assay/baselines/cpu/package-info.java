/// The CPU baseline: matrix products by ND4J (OpenBLAS), everything else in Java loops in f64.
///
/// Start at [CpuBackend], which lists the operators; each has one file. ND4J never sees a 16-bit type, for it sums in
/// the type that it stores: such tensors are widened to f32 first, and each result is rounded once.
///
/// Kernels own no memory: copies and intermediates lie in the workspace that the harness lends.
///
/// Uses `dev.assay.backend`, `dev.assay.tensor`, ND4J and the JDK, and never an operator's reference.
@org.jspecify.annotations.NullMarked
package dev.assay.baselines.cpu;
