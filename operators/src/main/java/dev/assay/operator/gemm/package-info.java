/// Matrix products.
@org.jspecify.annotations.NullMarked
package dev.assay.operator.gemm;
