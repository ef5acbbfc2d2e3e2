/// Kernels that both baselines run: textbook loops over whatever arithmetic a baseline brings.
///
/// Start at [KernelLibrary]: it lists the families. A kernel does its work on host tensors; all rounding is that of the
/// [Arithmetic] it is given. They were written apart from the references and may not use them.
@org.jspecify.annotations.NullMarked
package dev.assay.baselines.kernels;
