package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.RuleConstants;
import dev.assay.tensor.DType;

/// What a number that is added to a sum of products may cost: a kernel may start its sum with it, and
/// then every
/// partial sum holds it and is rounded at its size.
public final class Bias {
    private final double deviation;

    /// @param input type of the operands
    /// @param depth terms of the sum
    public Bias(ComputeContract contract, DType input, long depth) {
        double u = contract.accumulatorType(input).unitRoundoff();
        this.deviation = RuleConstants.roundingRms() * u * Math.sqrt((double) Math.max(1, depth));
    }

    /// Standard deviation of what the roundings of the partial sums add.
    public double deviation(double bias) {
        return Double.isFinite(bias) ? deviation * Math.abs(bias) : 0;
    }
}
