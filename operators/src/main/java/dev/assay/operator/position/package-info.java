/// Position embeddings.
@org.jspecify.annotations.NullMarked
package dev.assay.operator.position;
