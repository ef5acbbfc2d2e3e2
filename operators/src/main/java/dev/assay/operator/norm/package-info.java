/// Normalisations.
@org.jspecify.annotations.NullMarked
package dev.assay.operator.norm;
