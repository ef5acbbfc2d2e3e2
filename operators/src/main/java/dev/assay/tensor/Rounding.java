package dev.assay.tensor;

/// Fast single roundings from `double` to the 16-bit types.
///
/// Rounding to `float` first would round twice. Rounding to `float` *to odd* does not: the odd last bit remembers
/// that something was lost, and `float` has more than two bits to spare over both types (Boldo and Melquiond, "When
/// double rounding is odd", 2005).
final class Rounding {
    private Rounding() {}

    /// The `float` next to `value` whose last bit is odd, or `value` itself where a `float` holds it.
    static float toOdd(double value) {
        float nearest = (float) value;
        if (nearest == value || Double.isNaN(value)) {
            return nearest;
        }
        int code = Float.floatToRawIntBits(nearest);
        if ((code & 1) != 0) {
            return nearest;
        }
        // Inexact and even: the other neighbour, on the far side of the value, is the odd one.
        return Float.intBitsToFloat(Math.abs((double) nearest) < Math.abs(value) ? code + 1 : code - 1);
    }

    static short f16Code(double value) {
        return Float.floatToFloat16(toOdd(value));
    }

    static double toF16(double value) {
        return Float.float16ToFloat(f16Code(value));
    }

    static short bf16Code(double value) {
        int code = Float.floatToRawIntBits(toOdd(value));
        if ((code & 0x7FFF_FFFF) > 0x7F80_0000) {
            return (short) ((code >>> 16) | 0x40);
        }
        return (short) ((code + 0x7FFF + ((code >>> 16) & 1)) >>> 16);
    }

    static double toBf16(double value) {
        return Float.intBitsToFloat(bf16Code(value) << 16);
    }
}
