package dev.assay.tensor;

/// Layout of a binary floating-point type of at most 32 bits, and its two conversions.
///
/// Codes are ordered like the magnitudes they stand for, so rounding works on codes: a carry out of the significand
/// moves into the exponent by itself.
///
/// @param bits storage bits, sign included
/// @param mantissaBits stored significand bits (without the hidden bit)
/// @param bias exponent bias
/// @param maxFiniteCode code of the largest finite magnitude
/// @param special which codes are not finite numbers
record FloatFormat(int bits, int mantissaBits, int bias, long maxFiniteCode, Special special) {

    /// What lies beyond the finite numbers.
    enum Special {
        /// Infinities and NaN as in IEEE 754-2019, section 3.4.
        IEEE,
        /// No infinity, NaN where exponent and significand are all ones (OCP OFP8, E4M3).
        NAN_ALL_ONES,
        /// No infinity, no negative zero, its code is the only NaN (the `fnuz` types of AMD's MI300).
        NAN_AT_NEGATIVE_ZERO,
        /// Neither infinity nor NaN (OCP MX, E2M1).
        FINITE,
        /// Powers of two without sign and without zero, NaN at 0xFF (OCP MX, E8M0).
        SCALE
    }

    private static final int DOUBLE_MANTISSA_BITS = 52;
    private static final long DOUBLE_HIDDEN_BIT = 1L << DOUBLE_MANTISSA_BITS;

    /// Exponent of the smallest normal number.
    int minExponent() {
        return special == Special.SCALE ? -bias : 1 - bias;
    }

    private long signBit() {
        return special == Special.SCALE ? 0 : 1L << (bits - 1);
    }

    long nanCode() {
        return switch (special) {
            case IEEE -> (maxFiniteCode + 1) | (1L << (mantissaBits - 1));
            case NAN_ALL_ONES -> maxFiniteCode + 1;
            case NAN_AT_NEGATIVE_ZERO -> signBit();
            case SCALE -> maxFiniteCode + 1;
            // ml_dtypes turns NaN into negative zero where the type has no NaN.
            case FINITE -> signBit();
        };
    }

    boolean hasInfinity() {
        return special == Special.IEEE;
    }

    boolean hasNan() {
        return special != Special.FINITE;
    }

    /// Rounds once, to nearest with ties to even.
    long encode(double value, boolean saturate) {
        if (Double.isNaN(value)) {
            return nanCode();
        }
        long raw = Double.doubleToRawLongBits(value);
        boolean negative = raw < 0;
        if (special == Special.SCALE && (negative || value == 0)) {
            return nanCode();
        }
        long sign = negative ? signBit() : 0;
        if (Double.isInfinite(value)) {
            return overflow(sign, saturate);
        }
        long magnitude = magnitudeCode(raw & Long.MAX_VALUE);
        if (magnitude > maxFiniteCode) {
            return overflow(sign, saturate);
        }
        if (magnitude == 0 && special == Special.NAN_AT_NEGATIVE_ZERO) {
            return 0;
        }
        return sign | magnitude;
    }

    private long overflow(long sign, boolean saturate) {
        if (saturate || special == Special.FINITE) {
            return sign | maxFiniteCode;
        }
        return hasInfinity() ? sign | (maxFiniteCode + 1) : (nanCode() | sign);
    }

    private long magnitudeCode(long doubleBits) {
        int biased = (int) (doubleBits >>> DOUBLE_MANTISSA_BITS);
        if (biased == 0) {
            // A subnormal double lies far below half the smallest number of every type here.
            return 0;
        }
        int exponent = biased - Double.MAX_EXPONENT;
        long significand = (doubleBits & (DOUBLE_HIDDEN_BIT - 1)) | DOUBLE_HIDDEN_BIT;
        int below = Math.max(0, minExponent() - exponent);
        int shift = DOUBLE_MANTISSA_BITS - mantissaBits + below;
        if (special == Special.SCALE && below > 0) {
            // There is no zero to round down to.
            return 0;
        }
        if (shift > DOUBLE_MANTISSA_BITS + 2) {
            return 0;
        }
        long base = below > 0 ? 0 : ((long) (exponent - minExponent()) << mantissaBits);
        long kept = significand >>> shift;
        long rest = significand & ((1L << shift) - 1);
        long half = 1L << (shift - 1);
        // Above the subnormals the hidden bit is part of `kept`; it lifts the exponent field from 0 to 1.
        long code = base + kept - (special == Special.SCALE ? 1 : 0);
        boolean odd = (code & 1) != 0;
        return rest > half || (rest == half && odd) ? code + 1 : code;
    }

    double decode(long code) {
        long magnitude = special == Special.SCALE ? code : code & (signBit() - 1);
        boolean negative = (code & signBit()) != 0;
        if (special == Special.NAN_AT_NEGATIVE_ZERO && code == signBit()) {
            return Double.NaN;
        }
        if (magnitude > maxFiniteCode) {
            boolean infinite = special == Special.IEEE && magnitude == maxFiniteCode + 1;
            return !infinite ? Double.NaN : negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        double value = magnitudeOf(magnitude);
        return negative ? -value : value;
    }

    private double magnitudeOf(long code) {
        if (special == Special.SCALE) {
            return Math.scalb(1.0, (int) code - bias);
        }
        long exponentField = code >>> mantissaBits;
        long fraction = code & ((1L << mantissaBits) - 1);
        return exponentField == 0
                ? Math.scalb((double) fraction, minExponent() - mantissaBits)
                : Math.scalb((double) (fraction | (1L << mantissaBits)), (int) exponentField - bias - mantissaBits);
    }
}
