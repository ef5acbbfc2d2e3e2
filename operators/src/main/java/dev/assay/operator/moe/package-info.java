/// Operators of mixtures of experts: which experts a token goes to, with what weight, and how its rows travel there and
/// back.
///
/// Where an expert is chosen by a computed score, the expectation depends on what the device chose: see
/// `operator.Choice`. The list is in [MoeOperators].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.moe;
