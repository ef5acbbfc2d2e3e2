/// Fourier transforms along one dimension or several, windows, and what is built on them.
///
/// Complex numbers are a last dimension of 2, as in ONNX. The reference ([ExactDft]) works in double-
/// double arithmetic; what a kernel may err by ([SpectralError]) holds for any algorithm, from the sum
/// by definition to fast transforms of any factorisation. Start at [Dft].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.signal;
