/// Operators that turn a language model's logits into its next token: penalties, masks, and the draw itself.
///
/// Greedy decoding is `argmax`. The list is in [SamplingOperators].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.sampling;
