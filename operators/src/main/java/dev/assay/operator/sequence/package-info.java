/// Operators that walk along a sequence and keep a state: short causal convolutions, linear attention.
@org.jspecify.annotations.NullMarked
package dev.assay.operator.sequence;
