package dev.assay.operator.sequence;

import dev.assay.numerics.Approx;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.InvalidCallException;

/// A short sum of products and a bias, in whatever order, and the activation after it.
///
/// The sum of n products and a bias errs by no more than `(n + 2) u Σ|t|` in any order of additions, fused or not
/// (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1).
final class Taps {
    private DoubleDouble sum = DoubleDouble.ZERO;
    private double magnitudes;
    private double plain;
    private int terms;

    /// Whether the activation of this name is SiLU, and not none.
    static boolean isSilu(String activation, String where) {
        return switch (activation) {
            case "none" -> false;
            case "silu", "swish" -> true;
            default -> throw new InvalidCallException("activation " + activation, where, "give none, silu or swish");
        };
    }

    void add(double a, double b) {
        sum = sum.plus(DoubleDouble.product(a, b));
        plain += a * b;
        magnitudes += Math.abs(a * b);
        terms++;
    }

    /// The sum, or `y / (1 + exp(-y))` of it.
    Approx result(WorkingArithmetic arithmetic, boolean silu) {
        double value = Double.isFinite(sum.hi()) ? sum.hi() : plain;
        double unit = arithmetic.type().unitRoundoff();
        double error = (terms + 2) * (unit * magnitudes + arithmetic.type().minNormal() * unit);
        if (magnitudes <= Double.MAX_VALUE && magnitudes > arithmetic.type().maxFinite() / 2) {
            // Some order of the terms may overflow.
            return arithmetic.within(value, 0, Double.POSITIVE_INFINITY);
        }
        Approx y = arithmetic.within(value, sum.lo(), terms <= 1 && isExact(arithmetic) ? 0 : error);
        return silu ? y.times(arithmetic.constant(1).dividedBy(y.negated().exp().plus(1))) : y;
    }

    /// Of no more than one product, which the working type may hold.
    private boolean isExact(WorkingArithmetic arithmetic) {
        return sum.lo() == 0 && arithmetic.type().round(sum.hi()) == sum.hi();
    }
}
