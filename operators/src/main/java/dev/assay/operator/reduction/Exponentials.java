package dev.assay.operator.reduction;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.numerics.RuleConstants;

/// The exponentials `exp(x - max)` of a line and their sum, as IEEE arithmetic has them.
///
/// A line that holds NaN or infinity, or minus infinities alone, gives NaN: infinity is subtracted from
/// itself. Of others, minus infinity gives 0.
///
/// The distance `t` to the largest element is rounded once, which the exponential turns into a relative
/// error; so that of an element has the variance `(c u t)² + (exp's own)²`.
public final class Exponentials {
    private final LineArithmetic arithmetic;
    private final double[] values;
    private final double largest;
    private final double[] high;
    private final double[] low;
    private final double ofExp;
    private final double fused;
    private final Estimate sum;
    private final Estimate logOfSum;

    /// Works the exponentials of a line out, and their sum.
    public Exponentials(double[] values, LineArithmetic arithmetic) {
        this.arithmetic = arithmetic;
        this.values = values;
        double top = Double.NEGATIVE_INFINITY;
        double magnitude = 0;
        for (double value : values) {
            top = Math.max(top, value);
            magnitude = Math.max(magnitude, value == Double.NEGATIVE_INFINITY ? 0 : Math.abs(value));
        }
        this.largest = top;
        this.ofExp = arithmetic.function(arithmetic.contract().expUlps());
        // exp2(fma(x, log2 e, -max log2 e)): the product with the largest is rounded once for all.
        this.fused =
                arithmetic.contract().fusedExponent() ? 2 * arithmetic.working().unitRoundoff() * magnitude : 0;
        this.high = new double[values.length];
        this.low = arithmetic.needsMoreThanF64() ? new double[values.length] : new double[0];
        this.sum = isDefined() ? added() : Estimate.exact(Double.NaN);
        this.logOfSum = isDefined() ? arithmetic.log(sum) : sum;
    }

    private Estimate added() {
        double variance = 0;
        for (int i = 0; i < high.length; i++) {
            if (low.length > 0) {
                DoubleDouble e = distance(i).exp();
                high[i] = e.hi();
                low[i] = e.lo();
            } else {
                high[i] = Math.exp(values[i] - largest);
            }
            double error = high[i] * relative(i);
            variance += error * error;
        }
        Estimate added = arithmetic.sum(high, low, Math.sqrt(variance));
        return added.withCertain(fused * added.number() + high.length * arithmetic.quantum())
                .withSigma(arithmetic.storedUnit() * added.number());
    }

    /// Whether the line has a largest element that is finite.
    public boolean isDefined() {
        return Double.isFinite(largest);
    }

    /// The largest element.
    public double largest() {
        return largest;
    }

    /// The sum of the exponentials.
    public Estimate sum() {
        return sum;
    }

    /// The exact distance of an element from the largest.
    public DoubleDouble distance(int i) {
        return DoubleDouble.sum(values[i], -largest);
    }

    /// The exponential of an element's distance from the largest.
    public DoubleDouble value(int i) {
        return new DoubleDouble(high[i], low.length > 0 ? low[i] : 0);
    }

    /// Relative rms error of an exponential.
    public double relative(int i) {
        return Math.hypot(Math.max(-1e4, values[i] - largest) * arithmetic.unit(), ofExp);
    }

    /// What the exponentials may err by in common, relative.
    public double systematic() {
        return ofExp / RuleConstants.roundingRms();
    }

    /// What a fused exponent adds to the error of each, relative.
    public double fused() {
        return fused;
    }

    /// The logarithm of the sum of the exponentials of the elements themselves.
    public Estimate logarithm() {
        if (!isDefined()) {
            // Shifted by an infinity it is NaN; kernels that look out for this have the limit.
            Estimate limit = Estimate.exact(largest);
            boolean told = Double.isNaN(largest) || values.length == 0;
            return told ? limit : limit.doubting(Estimate.NOT_FINITE);
        }
        Estimate log = logOfSum;
        Estimate result = arithmetic.plus(log, Estimate.exact(largest));
        Estimate stored = result.withSigma(arithmetic.storedUnit() * Math.abs(result.number()));
        return new Estimate(
                stored.value(), stored.sigma(), stored.certain(), log.systematic() + systematic(), stored.doubts());
    }

    /// The logarithm of an element's share of the sum, as `(x - max) - log Σ` or `x - (max + log Σ)`.
    public Estimate logProbability(int i) {
        if (!isDefined()) {
            return Estimate.exact(Double.NaN);
        }
        DoubleDouble distance = distance(i);
        if (!Double.isFinite(distance.hi())) {
            return Estimate.exact(distance.hi());
        }
        double unit = arithmetic.unit();
        double ofDistance = unit * Math.abs(distance.hi());
        double ofLogarithm = unit * Math.abs(logOfSum.number() + largest);
        Estimate far = Estimate.exact(distance).withSigma(Math.hypot(ofDistance, ofLogarithm));
        return arithmetic.plus(
                far,
                new Estimate(
                        logOfSum.value().negated(),
                        logOfSum.sigma(),
                        logOfSum.certain(),
                        logOfSum.systematic() + systematic(),
                        logOfSum.doubts()));
    }
}
