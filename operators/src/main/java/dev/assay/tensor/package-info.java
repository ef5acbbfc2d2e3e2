/// Element types, shapes, tensors in off-heap memory, and the recipes that fill them.
///
/// Start at [DType], then [TensorSpec] and [Tensor]. Uses the JDK only.
@org.jspecify.annotations.NullMarked
package dev.assay.tensor;
