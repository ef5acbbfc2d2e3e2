/// Factorisations of matrices and triangular systems, as `torch.linalg` defines them.
///
/// A matrix has many factorisations: signs, the order of equal eigenvalues and the algorithm are the
/// kernel's own. So hardly any element of a factor has one right value. What is judged are
/// [dev.assay.operator.Relation]s: the factors put together again must give the matrix, and vectors
/// must be orthonormal, each within the backward error of a stable algorithm ([BackwardError]). Start
/// at [Cholesky].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.linalg;
