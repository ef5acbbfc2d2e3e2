package dev.assay.operator.gemm;

import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.tensor.DType;
import java.util.function.UnaryOperator;

/// One sum of products on its way to an element of the output: its exact value, and how far a kernel's
/// may be off.
public final class Sum {
    double value;
    double low;
    double sigma;
    double certain;
    byte flags;

    Sum() {}

    public double value() {
        return value;
    }

    /// Replaces the sum by a value that is exact, or marks it by flags of
    /// [dev.assay.operator.ExpectedBlock].
    public void set(double exact, double certainError, int marks) {
        value = exact;
        low = 0;
        sigma = 0;
        certain = certainError;
        flags = (byte) marks;
    }

    /// Adds flags of [dev.assay.operator.ExpectedBlock].
    public void mark(byte flag) {
        flags |= flag;
    }

    /// Whether every kernel has this sum.
    public boolean isExact() {
        return sigma == 0 && certain == 0;
    }

    /// Adds a random error that is independent of the others.
    public void disturb(double deviation) {
        sigma = Math.hypot(sigma, deviation);
    }

    /// The number that a formula starts from. What a kernel has of an exact sum is rounded to the
    /// working type; the
    /// rounding of others is among their errors already.
    public Approx start(WorkingArithmetic arithmetic) {
        return isExact() ? arithmetic.constant(value) : arithmetic.of(value);
    }

    /// Puts the sum through a formula that is linear in it.
    ///
    /// @param slope of the formula, whatever its sign
    /// @param output type of the result
    public void pass(WorkingArithmetic arithmetic, double slope, UnaryOperator<Approx> formula, DType output) {
        Approx result = formula.apply(start(arithmetic));
        double factor = Math.abs(slope);
        value = result.value();
        low = (low == 0 ? 0 : slope * low) + result.low();
        sigma = sigma == 0 ? 0 : factor * sigma;
        certain = (certain == 0 ? 0 : factor * certain) + result.errorBefore(output);
        if (!Double.isFinite(value) || !Double.isFinite(low)) {
            low = 0;
            sigma = 0;
            certain = 0;
        }
    }
}
