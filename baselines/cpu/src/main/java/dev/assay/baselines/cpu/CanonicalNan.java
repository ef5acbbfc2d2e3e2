package dev.assay.baselines.cpu;

/// One NaN for all: which payload survives an operation on two NaNs depends on whether the JVM has compiled it yet, and
/// this backend promises equal bits from run to run.
final class CanonicalNan {
    private CanonicalNan() {}

    static void in(double[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = of(values[i]);
        }
    }

    static double of(double value) {
        return Double.isNaN(value) ? Double.NaN : value;
    }
}
