/// Operators of models of science: pair representations of proteins, particles, equivariant features.
///
/// Start with [ScienceOperators]. Uses `operator`, `numerics`, `tensor` and `backend`.
package dev.assay.operator.science;
