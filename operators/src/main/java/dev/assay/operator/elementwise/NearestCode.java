package dev.assay.operator.elementwise;

import dev.assay.tensor.DType;

/// Rounding to a floating-point type by arithmetic on its grid, where [DType#encode] works on bits: one checks the
/// other.
final class NearestCode {
    private NearestCode() {}

    /// The value that a type holds for a finite or infinite number, to nearest, ties to even; NaN for NaN.
    ///
    /// @param saturate whether what is too large becomes the largest value instead of an infinity or NaN
    static double of(double value, DType type, boolean saturate) {
        if (type == DType.F64) {
            return value;
        }
        if (Double.isNaN(value)) {
            return Double.NaN;
        }
        double size = Math.abs(value);
        double largest = type.maxFinite();
        double rounded = Double.isInfinite(size) ? size : onGrid(size, type);
        if (rounded > largest) {
            boolean stops = saturate || !(type.hasInfinity() || type.hasNan());
            rounded = stops ? largest : type.hasInfinity() ? Double.POSITIVE_INFINITY : Double.NaN;
        }
        return Math.copySign(rounded, value);
    }

    /// Multiples of the grid's step in the number's binade, the lowest of which is that of the subnormals.
    private static double onGrid(double size, DType type) {
        if (size == 0) {
            return 0;
        }
        int lowest = Math.getExponent(type.minNormal());
        int exponent = Math.max(Math.getExponent(size), lowest);
        // An f64 subnormal has no exponent of its own, and lies below every other type's grid.
        double step = Math.scalb(1.0, exponent - (type.precision() - 1));
        return Math.rint(size / step) * step;
    }
}
