package dev.assay.tensor;

import dev.assay.HarnessException;
import dev.assay.tensor.FloatFormat.Special;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Element type of a tensor as stored.
///
/// Knows its size in *bits*, its limits, and the conversion from `double` with a single rounding (to nearest, ties
/// to even). Going through `float` on the way to a narrower type would round twice.
///
/// Elements narrower than a byte are packed from the least significant bits upwards, as ONNX packs its 4-bit and
/// 2-bit types: element 0 of an `i4` tensor is the low nibble of byte 0.
///
/// Sources: IEEE 754-2019 (f64, f32, f16), OCP 8-bit Floating Point Specification 1.0 (f8e4m3, f8e5m2), ONNX
/// "Float stored in 8 bits" (the fnuz types), OCP Microscaling Formats 1.0 (f4e2m1, e8m0).
public enum DType {
    F64(64),
    F32(new FloatFormat(32, 23, 127, 0x7F7F_FFFFL, Special.IEEE)),
    F16(new FloatFormat(16, 10, 15, 0x7BFF, Special.IEEE)),
    BF16(new FloatFormat(16, 7, 127, 0x7F7F, Special.IEEE)),
    F8E4M3(new FloatFormat(8, 3, 7, 0x7E, Special.NAN_ALL_ONES)),
    F8E4M3FNUZ(new FloatFormat(8, 3, 8, 0x7F, Special.NAN_AT_NEGATIVE_ZERO)),
    F8E5M2(new FloatFormat(8, 2, 15, 0x7B, Special.IEEE)),
    F8E5M2FNUZ(new FloatFormat(8, 2, 16, 0x7F, Special.NAN_AT_NEGATIVE_ZERO)),
    F4E2M1(new FloatFormat(4, 1, 1, 0x7, Special.FINITE)),
    E8M0(new FloatFormat(8, 0, 127, 0xFE, Special.SCALE)),
    I64(64, Kind.SIGNED),
    I32(32, Kind.SIGNED),
    I16(16, Kind.SIGNED),
    I8(8, Kind.SIGNED),
    I4(4, Kind.SIGNED),
    I2(2, Kind.SIGNED),
    U64(64, Kind.UNSIGNED),
    U32(32, Kind.UNSIGNED),
    U16(16, Kind.UNSIGNED),
    U8(8, Kind.UNSIGNED),
    U4(4, Kind.UNSIGNED),
    U2(2, Kind.UNSIGNED),
    BOOL(8, Kind.BOOL);

    /// Family of an element type.
    public enum Kind {
        FLOAT,
        SIGNED,
        UNSIGNED,
        BOOL
    }

    private final int bits;
    private final Kind kind;

    // Both are never written after construction; the checker cannot see that of a record's or an array's content.
    @SuppressWarnings("ImmutableEnumChecker")
    private final @Nullable FloatFormat format;

    @SuppressWarnings("ImmutableEnumChecker")
    private final double[] decoded;

    private final double unitRoundoff;
    private final double maxFinite;
    private final double minNormal;
    private final double minSubnormal;

    DType(int bits) {
        this(bits, Kind.FLOAT, null);
    }

    DType(FloatFormat format) {
        this(format.bits(), Kind.FLOAT, format);
    }

    DType(int bits, Kind kind) {
        this(bits, kind, null);
    }

    DType(int bits, Kind kind, @Nullable FloatFormat format) {
        this.bits = bits;
        this.kind = kind;
        this.format = format;
        this.decoded = format != null && bits <= 8 ? decodeAll(format) : new double[0];
        int precision = precision();
        int minExponent = format == null ? Double.MIN_EXPONENT : format.minExponent();
        boolean real = kind == Kind.FLOAT;
        this.unitRoundoff = real ? Math.scalb(1.0, -precision) : 0;
        this.maxFinite = largest();
        this.minNormal = real ? Math.scalb(1.0, minExponent) : 1;
        this.minSubnormal = real ? Math.scalb(1.0, minExponent - (precision - 1)) : 1;
    }

    private double largest() {
        return switch (kind) {
            case FLOAT -> format == null ? Double.MAX_VALUE : format.decode(format.maxFiniteCode());
            case SIGNED -> (double) maxLong();
            case UNSIGNED -> bits == 64 ? 0x1p64 - 0x1p11 : (double) maxLong();
            case BOOL -> 1;
        };
    }

    private static double[] decodeAll(FloatFormat format) {
        double[] values = new double[1 << format.bits()];
        Arrays.setAll(values, format::decode);
        return values;
    }

    /// Name in files, ids and messages: `bf16`.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The type with this label. Throws [HarnessException] that lists the labels there are.
    public static DType of(String label, String where) {
        for (DType dtype : values()) {
            if (dtype.label().equals(label)) {
                return dtype;
            }
        }
        throw new HarnessException(
                "no dtype '" + label + "'",
                where,
                "use one of " + Arrays.stream(values()).map(DType::label).collect(Collectors.joining(", ", "[", "]")));
    }

    public int bits() {
        return bits;
    }

    public Kind kind() {
        return kind;
    }

    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    /// Bytes that `elements` of this type take when packed without gaps.
    public long bytes(long elements) {
        return Math.ceilDiv(Math.multiplyExact(elements, (long) bits), 8L);
    }

    /// Significand bits p, hidden bit included; for an integer type its value bits.
    public int precision() {
        return switch (kind) {
            case FLOAT -> format == null ? 53 : format.mantissaBits() + 1;
            case SIGNED -> bits - 1;
            case UNSIGNED -> bits;
            case BOOL -> 1;
        };
    }

    /// Unit roundoff u = 2^-p; 0 for integers, which round to whole numbers and not relative to their size.
    public double unitRoundoff() {
        return unitRoundoff;
    }

    public boolean hasInfinity() {
        return isFloat() && (format == null || format.hasInfinity());
    }

    public boolean hasNan() {
        return isFloat() && (format == null || format.hasNan());
    }

    /// Largest finite value.
    public double maxFinite() {
        return maxFinite;
    }

    /// Smallest positive normal value; 1 for integers.
    public double minNormal() {
        return minNormal;
    }

    /// Smallest positive value; 1 for integers.
    public double minSubnormal() {
        return minSubnormal;
    }

    /// Distance between neighbours of this type in the binade of `value`; between 1 and 1 for integers.
    public double ulp(double value) {
        if (!isFloat()) {
            return 1;
        }
        if (format == null) {
            return Math.ulp(value);
        }
        int exponent = Math.max(Math.getExponent(value), format.minExponent()) - format.mantissaBits();
        // The bits of a power of two, which is far from the ends of f64's range: not through Math.scalb, which is
        // slow.
        return Double.longBitsToDouble((long) (exponent + 1023) << 52);
    }

    /// `value` rounded to this type, as a code in the low bits.
    ///
    /// Floats: one rounding, to nearest, ties to even. What is too large becomes infinity where the type has one,
    /// NaN where it has none, and the largest value of its sign when `saturate` is set or the type has neither.
    /// Integers: to nearest, ties to even; what is too large wraps modulo 2^bits, or stops at the limit when
    /// `saturate` is set; NaN becomes 0. Bool: 0 for zero, 1 for everything else, NaN included.
    public long encode(double value, boolean saturate) {
        return switch (kind) {
            case FLOAT -> format == null ? encodeDouble(value, saturate) : encodeFloat(format, value, saturate);
            case SIGNED, UNSIGNED -> encodeInteger(value, saturate);
            case BOOL -> value == 0 ? 0 : 1;
        };
    }

    /// As `encode(value, false)`.
    public long encode(double value) {
        return encode(value, false);
    }

    private static long encodeDouble(double value, boolean saturate) {
        double stored = saturate && Double.isInfinite(value) ? Math.copySign(Double.MAX_VALUE, value) : value;
        return Double.doubleToRawLongBits(stored);
    }

    private long encodeFloat(FloatFormat layout, double value, boolean saturate) {
        if (this == F32 && !saturate) {
            return Float.floatToRawIntBits((float) value) & 0xFFFF_FFFFL;
        }
        return layout.encode(value, saturate);
    }

    private long encodeInteger(double value, boolean saturate) {
        if (Double.isNaN(value)) {
            return 0;
        }
        double whole = Math.rint(value);
        if (saturate) {
            if (whole >= maxFinite()) {
                return maxLong() & mask();
            }
            if (whole <= minInteger()) {
                return (long) minInteger() & mask();
            }
        }
        return toLongModulo(whole) & mask();
    }

    /// The low 64 bits of a whole number; 0 for an infinity.
    private static long toLongModulo(double whole) {
        if (Math.abs(whole) < 0x1p63) {
            return (long) whole;
        }
        int exponent = Math.getExponent(whole);
        if (exponent > Double.MAX_EXPONENT || exponent - 52 >= 64) {
            return 0;
        }
        long significand = (Double.doubleToRawLongBits(whole) & 0xF_FFFF_FFFF_FFFFL) | 0x10_0000_0000_0000L;
        long magnitude = significand << (exponent - 52);
        return whole < 0 ? -magnitude : magnitude;
    }

    private long maxLong() {
        return kind == Kind.SIGNED ? (-1L >>> (65 - bits)) : (-1L >>> (64 - bits));
    }

    private double minInteger() {
        return kind == Kind.SIGNED ? -Math.scalb(1.0, bits - 1) : 0;
    }

    private long mask() {
        return -1L >>> (64 - bits);
    }

    /// The value of a code. A 64-bit integer beyond 2^53 is rounded to the nearest double; use [#decodeLong] for
    /// it.
    public double decode(long code) {
        return switch (kind) {
            case FLOAT -> format == null ? Double.longBitsToDouble(code) : decodeFloat(format, code);
            case SIGNED -> (double) decodeLong(code);
            case UNSIGNED -> bits == 64 ? unsignedToDouble(code) : (double) code;
            case BOOL -> code == 0 ? 0 : 1;
        };
    }

    private double decodeFloat(FloatFormat layout, long code) {
        return switch (this) {
            case F32 -> Float.intBitsToFloat((int) code);
            case F16 -> Float.float16ToFloat((short) code);
            case BF16 -> Float.intBitsToFloat((int) code << 16);
            default -> decoded.length > 0 ? decoded[(int) code] : layout.decode(code);
        };
    }

    private static double unsignedToDouble(long code) {
        // Halving keeps the lost bit as a sticky one, so that the one rounding is right.
        return code >= 0 ? (double) code : (double) ((code >>> 1) | (code & 1)) * 2;
    }

    /// The exact value of an integer code; an unsigned 64-bit one beyond 2^63 comes out negative.
    public long decodeLong(long code) {
        return kind == Kind.SIGNED ? code << (64 - bits) >> (64 - bits) : code & mask();
    }

    /// The code of an exact integer, modulo 2^bits.
    public long encodeLong(long value) {
        return kind == Kind.BOOL ? (value == 0 ? 0 : 1) : value & mask();
    }

    /// `value` rounded to this type and back: the value that a tensor would hold.
    public double round(double value) {
        return switch (this) {
            case F64 -> value;
            case F32 -> (float) value;
            case F16 -> Rounding.toF16(value);
            case BF16 -> Rounding.toBf16(value);
            default -> decode(encode(value, false));
        };
    }

    @Override
    public String toString() {
        return label();
    }
}
