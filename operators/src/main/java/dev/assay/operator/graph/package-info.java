/// Operators over graphs, sparse matrices and grids.
///
/// Start with [GraphOperators]. Uses `operator`, `numerics`, `tensor` and `backend`.
package dev.assay.operator.graph;
