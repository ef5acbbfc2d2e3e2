/// What is correct: one class per operator, and what all of them share.
///
/// Start at [Operator] and read `gemm.MatMul`, then [Oracle]. [Operators] lists all there are. Backends may not use
/// this package: one that answers with the reference is always right.
@org.jspecify.annotations.NullMarked
package dev.assay.operator;
