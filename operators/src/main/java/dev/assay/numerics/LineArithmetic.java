package dev.assay.numerics;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// The arithmetic that a contract promises for a sum over a line and the few steps behind it.
///
/// Each step adds the variance of its own rounding and carries on those of its operands, to first order
/// and as if they were independent; deterministic errors add up. Sums err as [Accumulation] and
/// [SummationGuard] have it.
public final class LineArithmetic {
    /// Beyond these magnitudes squares are taken of scaled numbers.
    private static final int SAFE_EXPONENT = 400;

    private final ComputeContract contract;
    private final DType stage;
    private final DType working;
    private final double unit;
    private final double quantum;
    private final double lambda;
    private final SummationGuard guard;
    private final int exactBits;
    private final double smallest;

    /// @param stage type of what is summed: that of the inputs, or the one they are converted to first
    /// @param elements of the output, among which none may exceed its bound
    public LineArithmetic(ComputeContract contract, DType stage, long elements) {
        this.contract = contract;
        this.stage = stage;
        DType sums = contract.accumulatorType(stage);
        this.working = contract.intermediates().orElse(sums);
        this.unit = RuleConstants.roundingRms() * working.unitRoundoff();
        this.quantum = contract.flushesOutputs() ? working.minNormal() : working.minSubnormal();
        this.lambda = RuleConstants.lambda(elements);
        this.guard = new SummationGuard(contract, stage);
        this.exactBits = exactBits(sums);
        double kept = contract.flushesOutputs() ? sums.minNormal() : Accumulation.smallestUnit(contract, stage);
        this.smallest = Math.max(kept, Accumulation.smallestUnit(contract, stage));
    }

    private int exactBits(DType sums) {
        int bits = sums.precision();
        if (contract.accumulator() instanceof Accumulator.Aligned(int fractionBits, int ignored)) {
            bits = Math.min(bits, fractionBits);
        }
        if (contract.partials() instanceof Stored.As(DType type)) {
            bits = Math.min(bits, type.precision());
        }
        return contract.prescaled() instanceof Stored.As(DType type) ? Math.min(bits, type.precision()) : bits;
    }

    public ComputeContract contract() {
        return contract;
    }

    /// Whether f64 itself is on trial, so that values need more than it.
    public boolean needsMoreThanF64() {
        return stage == DType.F64;
    }

    /// Type in which results of single steps are kept.
    public DType working() {
        return working;
    }

    /// Rms error of rounding to the working type, relative.
    public double unit() {
        return unit;
    }

    /// Smallest power of two that is not lost.
    public double quantum() {
        return quantum;
    }

    /// Largest number that every step holds.
    public double largest() {
        return Math.min(working.maxFinite(), Accumulation.largest(contract, stage));
    }

    /// Standard deviations up to which an error must be reckoned with.
    public double lambda() {
        return lambda;
    }

    /// Relative rms error of a function that is within so many ulps of the working type.
    public double function(double ulps) {
        return ulps <= 0.5 ? unit : 2 * ulps * unit;
    }

    /// Relative rms error of a row's statistic that is stored.
    public double storedUnit() {
        return contract.statistics() instanceof Stored.As(DType type)
                ? RuleConstants.roundingRms() * type.unitRoundoff()
                : 0;
    }

    /// The sum of terms that are known exactly.
    public Estimate sum(double[] terms) {
        return sum(terms, new double[0], 0);
    }

    /// The sum of the squares of these numbers, each of which may be rounded before it is added.
    public Estimate sumOfSquares(double[] numbers) {
        return sumOfSquares(numbers, new double[0], 0);
    }

    /// The same of numbers that err themselves.
    ///
    /// @param beyond what the exact numbers exceed `numbers` by; empty if nothing
    /// @param relative rms error of each, relative
    public Estimate sumOfSquares(double[] numbers, double[] beyond, double relative) {
        double[] squares = new double[numbers.length];
        double[] rests = new double[numbers.length];
        double fourth = 0;
        for (int i = 0; i < squares.length; i++) {
            squares[i] = numbers[i] * numbers[i];
            // Exact but for what underflows.
            rests[i] = Double.isFinite(squares[i]) ? Math.fma(numbers[i], numbers[i], -squares[i]) : 0;
            rests[i] += beyond.length > 0 && Double.isFinite(squares[i]) ? 2 * numbers[i] * beyond[i] : 0;
            fourth += squares[i] * squares[i];
        }
        Estimate sum = sum(squares, rests, relative == 0 ? 0 : 2 * relative * Math.sqrt(fourth));
        // Squares that underflow are lost before they are added.
        return sum.isExact() ? sum : sum.withCertain(numbers.length * quantum);
    }

    /// The sum of terms.
    ///
    /// @param rests what the exact terms exceed `terms` by; empty if nothing
    /// @param termSigma standard deviation of what the terms' own errors add up to
    public Estimate sum(double[] terms, double[] rests, double termSigma) {
        double magnitude = 0;
        double largestTerm = 0;
        double plain = 0;
        double high = 0;
        double low = 0;
        boolean exactly = termSigma == 0;
        for (int i = 0; i < terms.length; i++) {
            double term = terms[i];
            plain += term;
            magnitude += Math.abs(term);
            largestTerm = Math.max(largestTerm, Math.abs(term));
            double sum = high + term;
            double part = sum - high;
            low += (high - (sum - part)) + (term - part);
            high = sum;
        }
        for (double rest : rests) {
            low += rest;
            exactly &= rest == 0;
        }
        if (!Double.isFinite(plain)) {
            return notFinite(terms, plain);
        }
        if (!Double.isFinite(magnitude)) {
            return new Estimate(DoubleDouble.sum(high, low), 0, 0, 0, Estimate.OPEN);
        }
        DoubleDouble value = DoubleDouble.sum(high, low);
        if (exactly && isExact(terms, magnitude)) {
            return Estimate.exact(value);
        }
        return erring(value, terms, magnitude, largestTerm, termSigma);
    }

    private static Estimate notFinite(double[] terms, double plain) {
        boolean infinite = false;
        double finite = 0;
        for (double term : terms) {
            infinite |= !Double.isFinite(term);
            finite += Double.isFinite(term) ? Math.abs(term) : 0;
        }
        if (!infinite) {
            // Whether finite terms overflow depends on their order.
            return new Estimate(DoubleDouble.of(plain), 0, 0, 0, Estimate.OPEN);
        }
        double sum = 0;
        for (double term : terms) {
            sum += Double.isFinite(term) ? 0 : term;
        }
        int doubts = Double.isInfinite(finite) ? Estimate.NOT_FINITE : 0;
        return new Estimate(DoubleDouble.of(sum), 0, 0, 0, doubts);
    }

    /// Whether every partial sum is a number of the accumulator's type, in whatever order: all are
    /// multiples of the lowest bit of any term, and no larger than `Σ|t|`.
    private boolean isExact(double[] terms, double magnitude) {
        int lowest = Integer.MAX_VALUE;
        int used = 0;
        for (double term : terms) {
            lowest = Math.min(lowest, lowestBit(term));
            used += term == 0 ? 0 : 1;
        }
        return isExact(lowest, used, magnitude);
    }

    private boolean isExact(int lowest, int used, double magnitude) {
        if (used == 0) {
            return true;
        }
        double step = Math.scalb(1.0, lowest);
        // A single term need only be one of the type's numbers.
        boolean fits = magnitude <= step * Math.scalb(1.0, exactBits);
        return fits && step >= smallest && magnitude <= largest();
    }

    /// Exponent of the lowest bit that is set; of zero the largest integer.
    private static int lowestBit(double term) {
        if (term == 0 || !Double.isFinite(term)) {
            return Integer.MAX_VALUE;
        }
        long bits = Double.doubleToRawLongBits(term) & 0xF_FFFF_FFFF_FFFFL;
        boolean normal = Math.abs(term) >= Double.MIN_NORMAL;
        long significand = normal ? bits | 0x10_0000_0000_0000L : bits;
        return Math.max(Math.getExponent(term), Double.MIN_EXPONENT) - 52 + Long.numberOfTrailingZeros(significand);
    }

    /// A power of two that keeps squares of the terms in range.
    private static double scale(double largestTerm) {
        int exponent = Math.getExponent(largestTerm);
        return largestTerm > 0 && Math.abs(exponent) > SAFE_EXPONENT ? Math.scalb(1.0, Math.max(exponent, -1000)) : 1;
    }

    private SummationGuard.Finding look(double[] terms, int count, double sigma) {
        if (guard.spares(count)) {
            return SummationGuard.Finding.NOTHING;
        }
        double[] rounded = new double[count];
        for (int i = 0; i < count; i++) {
            rounded[i] = working == DType.F32 ? (float) terms[i] : working.round(terms[i]);
        }
        return guard.look(rounded, count, sigma);
    }

    private Estimate erring(
            DoubleDouble value, double[] terms, double magnitude, double largestTerm, double termSigma) {
        Accumulation sums = new Accumulation(contract, stage, terms.length);
        double scale = scale(largestTerm);
        double q = 0;
        for (double term : terms) {
            double scaled = term / scale;
            q += scaled * scaled;
        }
        double own = scale * Math.sqrt(sums.variance(value.hi() / scale, q));
        return erring(value, sums, magnitude, q, scale, termSigma, look(terms, terms.length, own));
    }

    /// @param q sum of the terms' squares, each divided by the scale
    private Estimate erring(
            DoubleDouble value,
            Accumulation sums,
            double magnitude,
            double q,
            double scale,
            double termSigma,
            SummationGuard.Finding finding) {
        double y = value.hi() / scale;
        double sigma = Math.hypot(scale * Math.sqrt(sums.variance(y, q)), termSigma);
        int doubts = sums.exceedsRange(magnitude) ? sums.saturates() ? Estimate.OPEN : Estimate.NOT_FINITE : 0;
        doubts |= finding.doubtful() ? Estimate.GUARDED : 0;
        double certain = scale * sums.coherent(y, q) + sums.underflow() + finding.drift();
        double worst = scale * (sums.worstCase(q) - sums.underflow()) + sums.underflow();
        if (termSigma == 0 && worst < certain + lambda * sigma) {
            return new Estimate(value, 0, worst, 0, doubts);
        }
        return new Estimate(value, sigma, certain, 0, doubts);
    }

    /// The sums of the first one, two, three terms and so on.
    ///
    /// Whether errors of a sum average out is looked up at lengths that are powers of two, for all up to
    /// there.
    public Estimate[] runningSums(double[] terms) {
        Estimate[] all = new Estimate[terms.length];
        double scale = scale(largestFinite(terms));
        double high = 0;
        double low = 0;
        double plain = 0;
        double magnitude = 0;
        double q = 0;
        int lowest = Integer.MAX_VALUE;
        int used = 0;
        SummationGuard.Finding finding = SummationGuard.Finding.NOTHING;
        int looked = 0;
        int finite = 0;
        while (finite < terms.length && Double.isFinite(terms[finite])) {
            finite++;
        }
        for (int i = 0; i < terms.length; i++) {
            double term = terms[i];
            plain += term;
            magnitude += Math.abs(term);
            q += term / scale * (term / scale);
            double sum = high + term;
            double part = sum - high;
            low += (high - (sum - part)) + (term - part);
            high = sum;
            lowest = Math.min(lowest, lowestBit(term));
            used += term == 0 ? 0 : 1;
            if (!Double.isFinite(plain)) {
                all[i] = notFinite(Arrays.copyOf(terms, i + 1), plain);
                continue;
            }
            DoubleDouble value = DoubleDouble.sum(high, low);
            if (!Double.isFinite(magnitude)) {
                all[i] = new Estimate(value, 0, 0, 0, Estimate.OPEN);
            } else if (isExact(lowest, used, magnitude)) {
                all[i] = Estimate.exact(value);
            } else {
                Accumulation sums = new Accumulation(contract, stage, i + 1);
                if (i >= looked && !guard.spares(i + 1)) {
                    looked = Math.min(finite, Integer.highestOneBit(i) * 2);
                    SummationGuard.Finding next =
                            look(terms, looked, scale * Math.sqrt(sums.variance(high / scale, q)));
                    finding = new SummationGuard.Finding(
                            finding.doubtful() || next.doubtful(), Math.max(finding.drift(), next.drift()));
                }
                all[i] = erring(value, sums, magnitude, q, scale, 0, finding);
            }
        }
        return all;
    }

    private static double largestFinite(double[] terms) {
        double largest = 0;
        for (double term : terms) {
            largest = Double.isFinite(term) ? Math.max(largest, Math.abs(term)) : largest;
        }
        return largest;
    }

    /// Divides by a number that is known exactly.
    public Estimate divided(Estimate a, double divisor) {
        return divided(a, Estimate.exact(divisor));
    }

    public Estimate divided(Estimate a, Estimate b) {
        DoubleDouble quotient = a.value().dividedBy(b.value());
        double size = Math.abs(quotient.hi());
        double by = Math.abs(b.number());
        boolean trivial = b.isExact() && b.number() == 1;
        double own = trivial ? 0 : function(contract.divideUlps());
        double near = (b.certain() + lambda * b.sigma()) / by;
        if (near > 0.5) {
            return new Estimate(quotient, 0, 0, 0, Estimate.OPEN);
        }
        return made(
                quotient,
                Math.hypot(a.sigma() / by, size * b.sigma() / by),
                a.certain() / by + size * (b.certain() / by) + size * near * near,
                own * size,
                a,
                b);
    }

    public Estimate plus(Estimate a, Estimate b) {
        DoubleDouble sum = a.value().plus(b.value());
        boolean trivial = (a.isExact() && a.number() == 0) || (b.isExact() && b.number() == 0);
        Estimate result = made(
                sum,
                Math.hypot(a.sigma(), b.sigma()),
                a.certain() + b.certain(),
                trivial ? 0 : unit * Math.abs(sum.hi()),
                a,
                b);
        return withSystematic(result, a.systematic() + b.systematic());
    }

    public Estimate times(Estimate a, Estimate b) {
        if (!Double.isFinite(a.number()) || !Double.isFinite(b.number())) {
            return infinite(a, b);
        }
        DoubleDouble product = a.value().times(b.value());
        double mine = Math.abs(a.number());
        double theirs = Math.abs(b.number());
        boolean trivial = (a.isExact() && mine == 1) || (b.isExact() && theirs == 1);
        Estimate result = made(
                product,
                Math.hypot(carried(mine, b.sigma()), carried(theirs, a.sigma())),
                carried(mine, b.certain()) + carried(theirs, a.certain()) + a.certain() * b.certain(),
                trivial ? 0 : unit * Math.abs(product.hi()),
                a,
                b);
        return withSystematic(result, carried(mine, b.systematic()) + carried(theirs, a.systematic()));
    }

    /// A product with an infinity or NaN; NaN too where the other factor is 0 to a kernel.
    private Estimate infinite(Estimate a, Estimate b) {
        int doubts = a.doubts() | b.doubts() | (vanishes(a) || vanishes(b) ? Estimate.NOT_FINITE : 0);
        return new Estimate(DoubleDouble.of(a.number() * b.number()), 0, 0, 0, doubts);
    }

    private boolean vanishes(Estimate a) {
        return !a.isExact() && Math.abs(a.number()) <= a.certain() + lambda * a.sigma();
    }

    private static double carried(double factor, double error) {
        return error == 0 ? 0 : factor * error;
    }

    /// The square root, which IEEE 754 asks to be rounded correctly.
    public Estimate sqrt(Estimate a) {
        DoubleDouble root = a.value().sqrt();
        return through(
                a, root, x -> Math.sqrt(Math.max(0, x)), 0.5 / root.hi(), 1 / (8 * Math.pow(root.hi(), 3)), unit);
    }

    /// The reciprocal square root, within the contract's `rsqrt_ulps`, or a square root and a division.
    public Estimate reciprocalSqrt(Estimate a) {
        DoubleDouble result = DoubleDouble.ONE.dividedBy(a.value().sqrt());
        double size = result.hi();
        double own = function(contract.rsqrtUlps());
        Estimate made = through(
                a,
                result,
                x -> 1 / Math.sqrt(Math.max(0, x)),
                size / a.number() / 2,
                0.375 * size / a.number() / a.number(),
                own);
        return withSystematic(made, own * size / RuleConstants.roundingRms());
    }

    /// The logarithm, within the contract's `function_ulps`.
    public Estimate log(Estimate a) {
        double number = a.number();
        DoubleDouble result = needsMoreThanF64() && number > 0
                ? a.value().log()
                : DoubleDouble.of(Math.log(a.value().value()));
        double own = function(contract.functionUlps());
        if (Double.isFinite(number) && number <= a.certain() + lambda * a.sigma() && !a.isExact()) {
            // Zero, or a negative number, is within reach.
            return new Estimate(result, 0, 0, 0, Estimate.OPEN);
        }
        Estimate made = through(a, result, Math::log, 1 / number, 0.5 / (number * number), own);
        return withSystematic(made, own * Math.abs(result.hi()) / RuleConstants.roundingRms());
    }

    private static Estimate withSystematic(Estimate a, double systematic) {
        return systematic == 0 || !Double.isFinite(systematic)
                ? a
                : new Estimate(a.value(), a.sigma(), a.certain(), systematic, a.doubts());
    }

    /// A function of one number: to second order where its argument errs little, otherwise by its ends.
    private Estimate through(
            Estimate a, DoubleDouble result, DoubleUnaryOperator function, double slope, double bend, double own) {
        if (!Double.isFinite(result.hi())) {
            return new Estimate(result, 0, 0, 0, a.doubts());
        }
        double rounding = own * Math.abs(result.hi());
        if (a.isExact()) {
            return made(result, 0, 0, rounding, a, a);
        }
        double most = a.certain() + lambda * a.sigma();
        if (most > Math.abs(a.number()) / 8) {
            double up = function.applyAsDouble(a.number() + most) - result.hi();
            double down = result.hi() - function.applyAsDouble(a.number() - most);
            return made(result, 0, Math.max(up, down), rounding, a, a);
        }
        return made(result, a.sigma() * slope, a.certain() * slope + 1.5 * bend * most * most, rounding, a, a);
    }

    private Estimate made(DoubleDouble value, double sigma, double certain, double own, Estimate a, Estimate b) {
        int doubts = a.doubts() | b.doubts();
        if (!Double.isFinite(value.hi())) {
            return new Estimate(value, 0, 0, 0, doubts);
        }
        boolean small = own > 0 && Math.abs(value.hi()) < quantum * 0x1p60;
        double lost = small && Math.abs(value.hi()) < working.minNormal() ? quantum : 0;
        int beyond = Math.abs(value.hi()) > largest() / 2 ? Estimate.NOT_FINITE : 0;
        return new Estimate(value, Math.hypot(sigma, own), certain + lost, 0, doubts | beyond);
    }
}
