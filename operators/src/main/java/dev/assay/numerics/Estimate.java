package dev.assay.numerics;

/// A number on its way through a formula, and what a kernel's may err by: σ at random, D in any case.
///
/// [LineArithmetic] makes them: sums of lines, and what is computed from these.
///
/// @param value exact, to about 100 bits where f64 is on trial
/// @param sigma standard deviation of the random error
/// @param certain bound of the deterministic error
/// @param systematic how much of σ may have the same sign everywhere
/// @param doubts any of [#GUARDED], [#NOT_FINITE], [#OPEN]
public record Estimate(DoubleDouble value, double sigma, double certain, double systematic, int doubts) {
    /// Doubt: errors of a sum are not independent of each other, or of those of another sum.
    public static final int GUARDED = 1;
    /// Doubt: a legal order of evaluation overflows.
    public static final int NOT_FINITE = 2;
    /// Doubt: nothing can be said.
    public static final int OPEN = 4;

    public static Estimate exact(DoubleDouble value) {
        return new Estimate(value, 0, 0, 0, 0);
    }

    public static Estimate exact(double value) {
        return exact(DoubleDouble.of(value));
    }

    /// The value as a double.
    public double number() {
        return value.hi();
    }

    public boolean has(int doubt) {
        return (doubts & doubt) != 0;
    }

    /// Whether no kernel may err.
    public boolean isExact() {
        return sigma == 0 && certain == 0;
    }

    public Estimate doubting(int more) {
        return new Estimate(value, sigma, certain, systematic, doubts | more);
    }

    /// With a further random error, independent of what is there.
    public Estimate withSigma(double more) {
        return new Estimate(value, Math.hypot(sigma, more), certain, systematic, doubts);
    }

    public Estimate withCertain(double more) {
        return new Estimate(value, sigma, certain + more, systematic, doubts);
    }
}
