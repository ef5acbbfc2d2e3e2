package dev.assay.numerics;

/// An unevaluated sum of two doubles, about 106 significand bits.
///
/// Serves where fp64 itself is on trial, and to check the fast fp64 kernels. Algorithms: Dekker 1971 and Knuth (TAOCP
/// 2, 4.2.2) for the error-free sum, fused multiply-add for the error-free product, Joldes, Muller and Popescu, "Tight
/// and rigorous error bounds for basic building blocks of double-word arithmetic" (ACM TOMS 44, 2017) for the rest.
///
/// @param hi the sum rounded to a double
/// @param lo what is left
public record DoubleDouble(double hi, double lo) {
    public static final DoubleDouble ZERO = new DoubleDouble(0, 0);
    public static final DoubleDouble ONE = new DoubleDouble(1, 0);

    private static final DoubleDouble LN2 = new DoubleDouble(0.6931471805599453, 2.3190468138462996e-17);
    private static final int HALVINGS = 8;
    private static final int TERMS = 11;

    public static DoubleDouble of(double value) {
        return new DoubleDouble(value, 0);
    }

    /// The exact sum of two doubles.
    public static DoubleDouble sum(double a, double b) {
        double s = a + b;
        if (!Double.isFinite(s)) {
            return new DoubleDouble(s, 0);
        }
        double t = s - a;
        return new DoubleDouble(s, (a - (s - t)) + (b - t));
    }

    private static DoubleDouble fastSum(double larger, double smaller) {
        double s = larger + smaller;
        return Double.isFinite(s) ? new DoubleDouble(s, smaller - (s - larger)) : new DoubleDouble(s, 0);
    }

    /// The exact product of two doubles, as long as it does not underflow.
    public static DoubleDouble product(double a, double b) {
        double p = a * b;
        return Double.isFinite(p) ? new DoubleDouble(p, Math.fma(a, b, -p)) : new DoubleDouble(p, 0);
    }

    public DoubleDouble plus(DoubleDouble other) {
        DoubleDouble s = sum(hi, other.hi);
        DoubleDouble t = sum(lo, other.lo);
        DoubleDouble v = fastSum(s.hi, s.lo + t.hi);
        return fastSum(v.hi, t.lo + v.lo);
    }

    public DoubleDouble plus(double other) {
        DoubleDouble s = sum(hi, other);
        return fastSum(s.hi, s.lo + lo);
    }

    public DoubleDouble minus(DoubleDouble other) {
        return plus(other.negated());
    }

    public DoubleDouble negated() {
        return new DoubleDouble(-hi, -lo);
    }

    public DoubleDouble times(DoubleDouble other) {
        DoubleDouble p = product(hi, other.hi);
        return fastSum(p.hi, p.lo + Math.fma(hi, other.lo, lo * other.hi));
    }

    public DoubleDouble times(double other) {
        DoubleDouble p = product(hi, other);
        return fastSum(p.hi, Math.fma(lo, other, p.lo));
    }

    public DoubleDouble dividedBy(DoubleDouble other) {
        double first = hi / other.hi;
        if (!Double.isFinite(first) || first == 0) {
            return of(first);
        }
        DoubleDouble rest = minus(other.times(first));
        double second = rest.hi / other.hi;
        DoubleDouble rest2 = rest.minus(other.times(second));
        return fastSum(first, second).plus(rest2.hi / other.hi);
    }

    /// The square root; NaN for negative numbers.
    public DoubleDouble sqrt() {
        double root = Math.sqrt(hi);
        if (root == 0 || !Double.isFinite(root)) {
            return of(root);
        }
        DoubleDouble rest = minus(product(root, root));
        return fastSum(root, rest.hi / (2 * root));
    }

    /// This number times 2^exponent.
    public DoubleDouble scaled(int exponent) {
        return new DoubleDouble(Math.scalb(hi, exponent), Math.scalb(lo, exponent));
    }

    /// The exponential function, to about 100 bits.
    ///
    /// `x = k ln 2 + r`, then the Taylor series of `exp(r / 2^8) - 1`, doubled eight times by `(1 + s)² - 1 = 2s +
    /// s²`.
    public DoubleDouble exp() {
        if (hi > 710 || hi < -746 || !Double.isFinite(hi)) {
            return of(Math.exp(hi));
        }
        double k = Math.rint(hi / LN2.hi);
        DoubleDouble r = minus(LN2.times(k)).scaled(-HALVINGS);
        DoubleDouble power = r;
        DoubleDouble s = r;
        for (int n = 2; n <= TERMS; n++) {
            power = power.times(r).dividedBy(of(n));
            s = s.plus(power);
        }
        for (int i = 0; i < HALVINGS; i++) {
            s = s.scaled(1).plus(s.times(s));
        }
        return s.plus(1).scaled((int) k);
    }

    /// The natural logarithm of a positive number, to about 100 bits.
    ///
    /// Newton's step on `exp(y) = x` from the double next to it: `y + (x exp(-y) - 1) - (x exp(-y) - 1)² / 2`.
    public DoubleDouble log() {
        double first = Math.log(hi);
        if (!Double.isFinite(first)) {
            return of(first);
        }
        // exp(-y) leaves the range of f64 where x does not.
        int exponent = Math.getExponent(hi);
        DoubleDouble significand = scaled(-exponent / 2).scaled(-(exponent - exponent / 2));
        DoubleDouble y = of(Math.log(significand.hi));
        DoubleDouble step = significand.times(y.negated().exp()).plus(-1);
        DoubleDouble fine = y.plus(step).minus(step.times(step).scaled(-1));
        return fine.plus(LN2.times((double) exponent));
    }

    /// The hyperbolic tangent.
    public DoubleDouble tanh() {
        if (Math.abs(hi) > 40) {
            return of(Math.copySign(1, hi));
        }
        if (Math.abs(hi) < 1e-3) {
            // x - x³/3 + 2x⁵/15 - 17x⁷/315 + 62x⁹/2835 - ..., where 1 - exp(-2x) would lose digits
            DoubleDouble square = times(this);
            DoubleDouble series = of(62).dividedBy(of(2835));
            series = of(-17).dividedBy(of(315)).plus(series.times(square));
            series = of(2).dividedBy(of(15)).plus(series.times(square));
            series = of(-1).dividedBy(of(3)).plus(series.times(square));
            return plus(times(square).times(series));
        }
        DoubleDouble e = scaled(1).exp();
        return e.plus(-1).dividedBy(e.plus(1));
    }

    /// Rounded to a double.
    public double value() {
        return hi + lo;
    }
}
