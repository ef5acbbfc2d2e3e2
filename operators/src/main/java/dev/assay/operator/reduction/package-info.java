/// Operators over the lines of a tensor: sums and extremes, softmax and its kin, positions of the largest, running
/// sums.
///
/// Start at [Reduction]; the list is in [ReductionOperators].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.reduction;
