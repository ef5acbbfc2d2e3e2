/// Losses of classification and their gradients.
///
/// Start at [Loss]; the list is in [LossOperators].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.loss;
