package dev.assay.operator.reduction;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.tensor.DType;

/// Sums of integers that become the argument of a function.
final class Wholes {
    private Wholes() {}

    /// Modulo 2^64.
    static long sumOfSquares(long[] line) {
        long sum = 0;
        for (long value : line) {
            sum += value * value;
        }
        return sum;
    }

    /// A sum, wrapped to its type and rounded to the type that functions are computed in.
    static Estimate estimate(long sum, DType type, LineArithmetic arithmetic) {
        long wrapped = type.decodeLong(type.encodeLong(sum));
        double high = type.decode(type.encodeLong(sum));
        DoubleDouble value =
                new DoubleDouble(high, dev.assay.operator.ExpectedBlock.beyond(type.encodeLong(wrapped), type));
        boolean held = Math.abs(high) <= 1 / arithmetic.working().unitRoundoff();
        return held
                ? Estimate.exact(value)
                : Estimate.exact(value).withCertain(arithmetic.working().unitRoundoff() * Math.abs(high));
    }
}
