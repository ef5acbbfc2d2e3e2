package dev.assay.numerics;

/// A sum of products of doubles in twice the precision: each product and each partial sum is split into a
/// double and
/// what that lacks, without error, and the lacks are added up apart.
///
/// Dot2 of Ogita, Rump and Oishi, "Accurate sum and dot product" (SIAM J. Sci. Comput. 26, 2005): as
/// accurate as if it
/// were summed in twice the digits of f64 and then rounded, as long as no product underflows.
public final class ExactDot {
    private double high;
    private double low;

    /// Adds `a · b`.
    public ExactDot add(double a, double b) {
        double product = a * b;
        low += Math.fma(a, b, -product);
        return add(product);
    }

    /// Adds a number.
    public ExactDot add(double term) {
        double sum = high + term;
        double part = sum - high;
        low += (high - (sum - part)) + (term - part);
        high = sum;
        return this;
    }

    /// Adds `a · b · c`, the product of the first two in twice the precision.
    public ExactDot add(double a, double b, double c) {
        double product = a * b;
        double rest = Math.fma(a, b, -product);
        low += rest * c;
        return add(product, c);
    }

    /// The sum, rounded to a double; NaN where infinities met.
    public double value() {
        double sum = high + low;
        // The lacks of an infinite sum are NaN.
        return Double.isFinite(high) ? sum : high;
    }
}
