package dev.assay.numerics;

/// Tails of the chi-square distribution.
///
/// By the series and the continued fraction of the incomplete gamma function (Abramowitz and Stegun, 1964, 6.5.29 and
/// 6.5.31; the fraction by Lentz's method).
public final class ChiSquare {
    private static final double TINY = 1e-300;
    private static final double PRECISION = 1e-15;
    private static final int MOST_TERMS = 100_000;

    private ChiSquare() {}

    /// Probability of a value of no more than `x`.
    public static double lowerTail(double x, int degrees) {
        double a = degrees / 2.0;
        double y = x / 2;
        return y <= 0 ? 0 : y < a + 1 ? series(a, y) : 1 - fraction(a, y);
    }

    /// Probability of a value of at least `x`.
    public static double upperTail(double x, int degrees) {
        double a = degrees / 2.0;
        double y = x / 2;
        return y <= 0 ? 1 : y < a + 1 ? 1 - series(a, y) : fraction(a, y);
    }

    private static double series(double a, double y) {
        double term = 1 / a;
        double sum = term;
        for (int n = 1; n < MOST_TERMS && term > sum * PRECISION; n++) {
            term *= y / (a + n);
            sum += term;
        }
        return sum * factor(a, y);
    }

    private static double fraction(double a, double y) {
        double b = y + 1 - a;
        double c = 1 / TINY;
        double d = 1 / b;
        double h = d;
        double change = 2;
        for (int n = 1; n < MOST_TERMS && Math.abs(change - 1) > PRECISION; n++) {
            double step = -n * (n - a);
            b += 2;
            d = step * d + b;
            d = 1 / (Math.abs(d) < TINY ? TINY : d);
            c = b + step / c;
            c = Math.abs(c) < TINY ? TINY : c;
            change = d * c;
            h *= change;
        }
        return h * factor(a, y);
    }

    /// `y^a exp(-y) / Γ(a)`.
    private static double factor(double a, double y) {
        return Math.exp(a * Math.log(y) - y - logGamma(a));
    }

    /// By Stirling's series, the argument raised above 10 first.
    private static double logGamma(double a) {
        double shift = 0;
        double x = a;
        while (x < 10) {
            shift += Math.log(x);
            x++;
        }
        double square = x * x;
        double rest = (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / 1680 / square) / square) / square) / x;
        return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + rest - shift;
    }
}
