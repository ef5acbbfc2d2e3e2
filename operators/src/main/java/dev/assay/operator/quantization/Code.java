package dev.assay.operator.quantization;

import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;

/// What a number may be quantised to: one code, or either of two where the number lies so near their
/// border that the
/// errors made on the way to it decide.
///
/// @param value the code's value, or the number itself where it lies at a border
/// @param certain 0, or how far the number may be off
/// @param flags of [ExpectedBlock]
public record Code(double value, double certain, int flags) {
    /// More than the roundings of this class.
    private static final double SLACK = 1 + 0x1p-40;

    private static final int AT_A_BORDER = ExpectedBlock.GUARDED;
    private static final Code OPEN = new Code(0, 0, ExpectedBlock.ANY);

    /// Quantises to the type, to nearest even.
    ///
    /// @param number before the zero point is added, to whole numbers after rounding
    /// @param saturates whether what is too large for a floating-point type becomes its largest value;
    ///     whole numbers
    ///     always do so
    public static Code of(Approx number, double zeroPoint, DType type, boolean saturates) {
        double z = number.value();
        if (Double.isNaN(z)) {
            return type.hasNan() ? new Code(Double.NaN, 0, 0) : OPEN;
        }
        if (number.low() != 0) {
            z = number.low() > 0 ? Math.nextUp(z) : Math.nextDown(z);
        }
        double band = number.error() * SLACK;
        double below = rounded(z - band, zeroPoint, type, saturates);
        double above = rounded(z + band, zeroPoint, type, saturates);
        // Also where one is -0.
        if (below == above || (Double.isNaN(below) && Double.isNaN(above))) {
            return new Code(below, 0, 0);
        }
        boolean leaves = !Double.isFinite(below) || !Double.isFinite(above);
        return new Code(z + zeroPoint, band, leaves ? AT_A_BORDER | ExpectedBlock.OR_NOT_FINITE : AT_A_BORDER);
    }

    /// A number divided by a scale. By a power of two every kernel divides exactly, whatever its
    /// contract says of divisions:
    /// so does its reciprocal.
    static Approx quotient(WorkingArithmetic arithmetic, Approx number, double scale) {
        boolean power = scale >= DType.F32.minNormal()
                && scale <= 1 / DType.F32.minNormal()
                && Math.scalb(1.0, Math.getExponent(scale)) == scale;
        return power ? number.times(1 / scale) : number.dividedBy(arithmetic.constant(scale));
    }

    private static double rounded(double z, double zeroPoint, DType type, boolean saturates) {
        if (type.isFloat()) {
            return type.decode(type.encode(z + zeroPoint, saturates));
        }
        return Math.clamp(Math.rint(z) + zeroPoint, least(type), type.maxFinite());
    }

    private static double least(DType type) {
        return type.kind() == DType.Kind.SIGNED ? -type.maxFinite() - 1 : 0;
    }

    /// Writes the expectation of an element.
    public void write(ExpectedBlock into, int i) {
        into.values()[i] = value;
        if (certain > 0) {
            into.allow(i, 0, certain);
        }
        if (flags != 0) {
            into.mark(i, (byte) flags);
        }
    }
}
