package dev.assay.operator;

/// What any implementation of a call must spend.
///
/// @param flops floating-point operations, a fused multiply-add counted as two
/// @param bytes bytes of all inputs and outputs, each moved once
public record Cost(double flops, double bytes) {}
