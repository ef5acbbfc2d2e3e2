/// Attention.
@org.jspecify.annotations.NullMarked
package dev.assay.operator.attention;
