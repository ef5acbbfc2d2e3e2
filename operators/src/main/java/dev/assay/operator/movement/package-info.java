/// Operators that compute nothing: each element of the output is one of an input's, or a constant, bit for bit.
///
/// Start at [Movement]; the list is in [MovementOperators].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.movement;
