/// Operators that compute each element of the output from the elements in the same place of the inputs, which
/// broadcast.
///
/// Start at [Elementwise]; the list is in [ElementwiseOperators].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.elementwise;
