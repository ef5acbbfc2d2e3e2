package dev.assay.numerics;

import dev.assay.backend.ComputeContract;
import dev.assay.tensor.DType;
import java.util.function.DoubleUnaryOperator;

/// The arithmetic that a contract promises for the steps of a formula: makes [Approx] numbers and knows how far each
/// step may err.
public final class WorkingArithmetic {
    /// Of a function of the JDK that is within 1 ulp, with room for a function that is within 2.
    private static final double JDK_UNIT = 0x1p-52;

    private final ComputeContract contract;
    private final DType type;
    private final double unit;
    private final double quantum;

    /// @param input type of the operands; the widest where there are several
    public WorkingArithmetic(ComputeContract contract, DType input) {
        this.contract = contract;
        this.type = contract.intermediates().orElse(contract.accumulatorType(input));
        this.unit = type.unitRoundoff();
        this.quantum = contract.flushesOutputs() ? type.minNormal() : type.minSubnormal();
    }

    /// Type in which intermediate results are kept.
    public DType type() {
        return type;
    }

    public ComputeContract contract() {
        return contract;
    }

    /// A number that is known exactly, such as an input.
    public Approx of(double value) {
        return new Approx(this, value, 0, 0, false);
    }

    /// A number that is known exactly and that f64 has not enough digits for.
    public Approx of(double value, double low) {
        return new Approx(this, value, low, 0, false);
    }

    /// A number that may be off by so much.
    public Approx within(double value, double error) {
        return new Approx(this, value, 0, error, false);
    }

    /// A number of which nothing is said.
    public Approx anything() {
        return new Approx(this, 0, 0, Double.POSITIVE_INFINITY, false);
    }

    /// The sum, added up in any order: each of the n - 1 additions rounds a partial sum of at most the terms'
    /// magnitudes.
    public Approx sum(Approx[] terms) {
        Approx sum = terms[0];
        double magnitude = finite(sum.value());
        double error = sum.error();
        for (int i = 1; i < terms.length; i++) {
            sum = new Approx(this, sum.value(), sum.low(), 0, false).plus(terms[i]);
            magnitude += finite(terms[i].value());
            error += terms[i].error();
        }
        // The last addition is the sum's own rounding.
        error += terms.length > 2 ? (terms.length - 2) * unit * magnitude : 0;
        return terms.length == 1 ? terms[0] : new Approx(this, sum.value(), sum.low(), error, true);
    }

    /// What an infinity or NaN becomes is certain: it rounds nothing.
    private static double finite(double value) {
        return Double.isFinite(value) ? Math.abs(value) : 0;
    }

    /// A number that a kernel has worked out within this error, as it is kept.
    public Approx within(double value, double low, double error) {
        return new Approx(this, value, low, error, false);
    }

    /// A constant of a formula, which a kernel keeps in its working type.
    public Approx constant(double value) {
        return new Approx(this, value, 0, 0, true);
    }

    /// What rounding a result to the working type may change.
    double roundingError(double value, double low) {
        return low == 0 && isKept(value) ? 0 : roundingError(value);
    }

    /// The same where the number that is rounded is only near this one.
    double roundingError(double value) {
        return Double.isFinite(value) ? Math.max(unit * Math.abs(value), quantum / 2) : 0;
    }

    private boolean isKept(double value) {
        double rounded = type == DType.F32 ? (float) value : type.round(value);
        return rounded == value && (value == 0 || Math.abs(value) >= quantum);
    }

    /// Error of a function that is within `ulps` units in the last place of the working type, and of its value here.
    double functionError(double value, double ulps) {
        if (!Double.isFinite(value) || ulps == 0) {
            return 0;
        }
        return ulps * Math.max(2 * unit * Math.abs(value), quantum) + JDK_UNIT * Math.abs(value);
    }

    double expUlps() {
        return contract.expUlps();
    }

    double divideUlps() {
        return contract.divideUlps();
    }

    double rsqrtUlps() {
        return contract.rsqrtUlps();
    }

    double functionUlps() {
        return contract.functionUlps();
    }

    /// How far a function's value moves when its argument moves by no more than `error`, for a function that is
    /// monotonic there.
    static double moved(DoubleUnaryOperator function, double argument, double error, double value) {
        if (error == 0 || !Double.isFinite(value)) {
            return 0;
        }
        double up = Math.abs(function.applyAsDouble(argument + error) - value);
        double down = Math.abs(function.applyAsDouble(argument - error) - value);
        // NaN where the domain ends between: the other side tells.
        return Math.max(Double.isNaN(up) ? 0 : up, Double.isNaN(down) ? 0 : down);
    }
}
