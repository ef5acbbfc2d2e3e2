/// Fast fp64 kernels, exact arithmetic, and error-accumulation formulas that the operators' references share.
///
/// Start at [Gemm] for products and [Accumulation] for the error of a sum. Uses `dev.assay.tensor`, the contract of
/// `dev.assay.backend`, and the JDK (with `jdk.incubator.vector` where it is in the module graph).
@org.jspecify.annotations.NullMarked
package dev.assay.numerics;
