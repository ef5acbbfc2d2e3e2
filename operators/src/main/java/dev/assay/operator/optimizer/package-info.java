/// One step of training as operators on tensors: optimizers, and what prepares gradients for them or draws at random.
///
/// Start at [AdamW]; [TensorStep] is the base of optimizers as PyTorch has them, [VariadicStep] of those of ONNX. The
/// list is in [OptimizerOperators].
@org.jspecify.annotations.NullMarked
package dev.assay.operator.optimizer;
