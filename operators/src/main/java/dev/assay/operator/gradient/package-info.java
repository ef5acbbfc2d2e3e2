/// Gradients of operators on rows and elements.
@org.jspecify.annotations.NullMarked
package dev.assay.operator.gradient;
