/// Convolutions.
@org.jspecify.annotations.NullMarked
package dev.assay.operator.conv;
