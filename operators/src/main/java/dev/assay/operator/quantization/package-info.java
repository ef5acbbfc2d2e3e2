/// Operators between numbers and their codes in few bits.
@org.jspecify.annotations.NullMarked
package dev.assay.operator.quantization;
