package dev.assay.operator.elementwise;

/// Inverse hyperbolic functions in f64, which the JDK lacks, in forms that cancel nowhere.
final class Hyperbolic {
    private static final double LARGE = 0x1p500;

    private Hyperbolic() {}

    static double asinh(double x) {
        double size = Math.abs(x);
        double value = size > LARGE
                ? Math.log(size) + Math.log(2)
                : Math.log1p(size + size * (size / (1 + Math.sqrt(1 + size * size))));
        return Math.copySign(value, x);
    }

    static double acosh(double x) {
        double above = x - 1;
        return x > LARGE ? Math.log(x) + Math.log(2) : Math.log1p(above + Math.sqrt(above) * Math.sqrt(above + 2));
    }

    static double atanh(double x) {
        double size = Math.abs(x);
        return Math.copySign(0.5 * Math.log1p(2 * size / (1 - size)), x);
    }
}
