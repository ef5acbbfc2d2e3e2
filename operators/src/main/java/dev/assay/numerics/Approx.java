package dev.assay.numerics;

import dev.assay.tensor.DType;
import java.util.function.DoubleUnaryOperator;

/// A number on its way through a formula: its exact value, and a bound of the error that a kernel's may have.
///
/// The bound is that of a running error analysis (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section
/// 3.3): each step adds what rounding its result to the working type may change, and carries on what its operands err
/// by. The rounding of the last step is the output's own and not counted where the output has the working type; that
/// of a narrower output comes on top. Nothing is assumed to average out, for a formula of a few steps is far from that.
public final class Approx {
    private final WorkingArithmetic arithmetic;
    private final double value;
    private final double low;
    private final double error;
    /// Whether the step that made it still has to be rounded.
    private final boolean pending;

    /// Whether the working type may hold an infinity in its place, which a division by it forgives.
    private final boolean overflows;

    Approx(WorkingArithmetic arithmetic, double value, double low, double error, boolean pending) {
        this(arithmetic, value, low, error, pending, false);
    }

    private Approx(
            WorkingArithmetic arithmetic, double value, double low, double error, boolean pending, boolean overflows) {
        this.arithmetic = arithmetic;
        this.value = value;
        this.low = Double.isFinite(low) ? low : 0;
        // No bound is known where infinities met in it.
        this.error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
        this.pending = pending;
        this.overflows =
                overflows || Math.abs(value) + this.error > arithmetic.type().maxFinite();
    }

    /// The exact value, rounded to f64.
    public double value() {
        return value;
    }

    /// What the exact value exceeds [#value] by.
    public double low() {
        return low;
    }

    /// Bound of the error after the result was rounded to the working type.
    public double error() {
        return pending ? error + arithmetic.roundingError(value, low) : error;
    }

    private Approx made(double result, double rest, double carried) {
        return new Approx(arithmetic, result, rest, carried, true);
    }

    private Approx made(double result, double rest, double carried, Approx other) {
        return new Approx(arithmetic, result, rest, carried, true, overflows || other.overflows);
    }

    public Approx plus(Approx other) {
        double sum = value + other.value;
        double part = sum - value;
        double rest = (value - (sum - part)) + (other.value - part) + (low + other.low);
        return made(sum, rest, error() + other.error(), other);
    }

    public Approx plus(double other) {
        return plus(arithmetic.constant(other));
    }

    public Approx minus(Approx other) {
        return plus(other.negated());
    }

    public Approx minus(double other) {
        return plus(-other);
    }

    public Approx times(Approx other) {
        double product = value * other.value;
        double rest = Math.fma(value, other.value, -product) + (value * other.low + other.value * low);
        double mine = error();
        double theirs = other.error();
        double both = mine == 0 || theirs == 0 ? 0 : mine * theirs;
        return made(product, rest, carried(this, other, theirs) + carried(other, this, mine) + both, other);
    }

    /// What a factor makes of the other's error. An infinite one makes an infinity of whatever is not 0, and leaves the
    /// product open where the other may be.
    private static double carried(Approx factor, Approx other, double error) {
        if (error == 0 || Double.isNaN(factor.value)) {
            return 0;
        }
        if (Double.isInfinite(factor.value)) {
            return Math.abs(other.value) <= error ? Double.POSITIVE_INFINITY : 0;
        }
        return factor.value == 0 && Double.isInfinite(error) ? error : Math.abs(factor.value) * error;
    }

    private static double scaled(double factor, double error) {
        return error == 0 || !Double.isFinite(factor) ? 0 : Math.abs(factor) * error;
    }

    public Approx times(double other) {
        return times(arithmetic.constant(other));
    }

    /// A division within the contract's `divide_ulps`.
    public Approx dividedBy(Approx other) {
        double quotient = value / other.value;
        double rest = quotient == 0 || !Double.isFinite(quotient)
                ? 0
                : (Math.fma(-quotient, other.value, value) + low - quotient * other.low) / other.value;
        double theirs = other.error();
        double divisor = Math.max(Math.abs(other.value) - theirs, Double.MIN_NORMAL);
        double carriedOn = error() + scaled(quotient, theirs);
        double moved = carriedOn == 0 ? 0 : carriedOn / divisor;
        // By infinity it is 0.
        moved += other.overflows && Double.isFinite(other.value) ? Math.abs(quotient) : 0;
        double ulps = arithmetic.divideUlps();
        // Half an ulp is a division that is rounded correctly.
        return ulps <= 0.5
                ? made(quotient, rest, moved)
                : new Approx(arithmetic, quotient, rest, moved + arithmetic.functionError(quotient, ulps), false);
    }

    public Approx dividedBy(double other) {
        return dividedBy(arithmetic.constant(other));
    }

    public Approx negated() {
        return new Approx(arithmetic, -value, -low, error, pending, overflows);
    }

    public Approx abs() {
        return value < 0 || (value == 0 && low < 0)
                ? negated()
                : new Approx(arithmetic, Math.abs(value), low, error, pending, overflows);
    }

    public Approx squared() {
        return times(this);
    }

    /// IEEE 754 asks for a correctly rounded square root, and all contracts have one.
    public Approx sqrt() {
        double root = Math.sqrt(value);
        double rest = root > 0 && Double.isFinite(root) ? (Math.fma(-root, root, value) + low) / (2 * root) : 0;
        return made(root, rest, WorkingArithmetic.moved(x -> Math.sqrt(Math.max(0, x)), value, error(), root));
    }

    public Approx exp() {
        return monotonic(Math::exp, arithmetic.expUlps());
    }

    /// A function that is within the contract's `function_ulps`, monotonic near this value.
    public Approx monotonic(DoubleUnaryOperator function) {
        return monotonic(function, arithmetic.functionUlps());
    }

    /// A function, monotonic near this value.
    ///
    /// @param function within 2 ulps of an f64
    /// @param ulps of the working type that a kernel's may err by
    public Approx monotonic(DoubleUnaryOperator function, double ulps) {
        double result = function.applyAsDouble(value);
        double moved = WorkingArithmetic.moved(function, value, error() + Math.abs(low), result);
        return new Approx(arithmetic, result, 0, moved + arithmetic.functionError(result, ulps), false);
    }

    /// A function of slope no more than `slope` anywhere, within the contract's `function_ulps`.
    public Approx smooth(DoubleUnaryOperator function, double slope) {
        double result = function.applyAsDouble(value);
        double moved = slope * (error() + Math.abs(low));
        return new Approx(
                arithmetic, result, 0, moved + arithmetic.functionError(result, arithmetic.functionUlps()), false);
    }

    /// The larger one; NaN if either is NaN.
    public Approx max(Approx other) {
        return chosen(other, Math.max(value, other.value));
    }

    /// The smaller one; NaN if either is NaN.
    public Approx min(Approx other) {
        return chosen(other, Math.min(value, other.value));
    }

    private Approx chosen(Approx other, double chosen) {
        Approx source = chosen == value ? this : other;
        if (error == 0 && !pending && other.error == 0 && !other.pending) {
            return new Approx(arithmetic, chosen, Double.isNaN(chosen) ? 0 : source.low, 0, false);
        }
        return new Approx(arithmetic, chosen, source.low, Math.max(error(), other.error()), false, source.overflows);
    }

    /// The same value, which a device may also work out in another way: the larger error counts. A way that overflows
    /// on
    /// the way is none.
    ///
    /// @param other the same number by another formula
    public Approx or(Approx other) {
        double apart = Math.abs((other.value - value) + (other.low - low));
        if (!Double.isFinite(apart) || other.overflows || Double.isInfinite(other.error)) {
            return this;
        }
        return new Approx(
                arithmetic, value, low, Math.max(error, other.error + apart), pending || other.pending, overflows);
    }

    /// The same, where the other way counts although it overflows: [#mayOverflow] says so then.
    public Approx orOverflowing(Approx other) {
        Approx both = or(other);
        return new Approx(
                arithmetic, both.value, both.low, both.error, both.pending, both.overflows || other.overflows);
    }

    /// Whether a step on the way may have left the range of the working type, and infinity or NaN come of it.
    public boolean mayOverflow() {
        return overflows;
    }

    /// Bound of the error before the result is rounded to an output: it is rounded from what the working type holds,
    /// unless the output keeps at least as many digits.
    public double errorBefore(DType output) {
        return output.precision() >= arithmetic.type().precision() ? error : error();
    }
}
