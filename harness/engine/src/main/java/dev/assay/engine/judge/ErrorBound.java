package dev.assay.engine.judge;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.numerics.RuleConstants;
import dev.assay.tensor.DType;

/// From the error before the final rounding to the bound on an output element.
///
/// `E = ½ ulp(|y|) + D + λσ`, the ulp taken at `|y| + E` where that crosses a binade; a whole ulp where the
/// contract cuts off; plus what flushing subnormals may do.
final class ErrorBound {
    private final DType dtype;
    private final ComputeContract contract;
    private final double lambda;
    private final double roundingUlps;
    private final double floor;
    private final int mantissaBits;
    private final int minExponent;

    ErrorBound(DType dtype, ComputeContract contract, long elements) {
        this.dtype = dtype;
        this.contract = contract;
        this.lambda = RuleConstants.lambda(elements);
        this.roundingUlps = contract.outputRounding() == Rounding.TOWARD_ZERO ? 1 : 0.5;
        this.floor = contract.flushesOutputs() ? dtype.minNormal() : 0;
        this.mantissaBits = dtype.precision() - 1;
        this.minExponent = Math.getExponent(dtype.minNormal());
    }

    /// Error of the value before the final rounding: `D + λσ`.
    double beforeRounding(double value, double sigma, double deterministic) {
        double error = deterministic + lambda * sigma;
        if (contract.outputViaF32() && Double.isFinite(value)) {
            error += Math.ulp((float) value) / 2.0;
        }
        return error;
    }

    /// Distance between neighbours of the output's type in the binade of a finite value.
    double ulp(double value) {
        if (dtype == DType.F64) {
            return Math.ulp(value);
        }
        if (!dtype.isFloat()) {
            return 1;
        }
        int exponent = (int) (Double.doubleToRawLongBits(value) >>> 52 & 0x7FF) - 1023;
        int scale = Math.max(exponent, minExponent) - mantissaBits;
        return Double.longBitsToDouble((long) (scale + 1023) << 52);
    }

    /// The final rounding of a finite value, flushing included.
    double rounding(double value) {
        return roundingUlps * ulp(value) + floor;
    }

    /// Variance of the final rounding of a value about which nothing is known.
    double roundingVariance(double value) {
        double ulp = ulp(value);
        double variance = ulp * ulp / (truncates() ? 3 : 12);
        if (contract.outputViaF32() && dtype != DType.F64) {
            double narrow = Math.ulp((float) value);
            variance += narrow * narrow / 12;
        }
        return variance;
    }

    /// How far the final rounding moves values on average.
    double roundingShift(double value) {
        return truncates() ? ulp(value) / 2 : 0;
    }

    private boolean truncates() {
        return contract.outputRounding() == Rounding.TOWARD_ZERO;
    }

    /// Whether a device that keeps the contract may answer 0 instead of this value.
    boolean mayBeFlushed(double value) {
        return floor > 0 && Math.abs(value) <= 2 * floor;
    }

    /// Whether a finite output is the only right one where nothing but the final rounding may err.
    boolean isExact(double got, double value, double low) {
        // Of a 64-bit integer, both parts say what f64 has no room for.
        boolean wide = !dtype.isFloat() && dtype.bits() == 64;
        return wide ? (got - value) - low == 0 : got == exact(value, low);
    }

    /// The only right output where nothing but the final rounding may err.
    ///
    /// @param low what the exact value exceeds `value` by
    double exact(double value, double low) {
        double target = value;
        if (low != 0 && dtype != DType.F64 && (Double.doubleToRawLongBits(value) & 1) == 0) {
            // Rounded to odd, the rest still decides what would look like a tie (Boldo and Melquiond).
            target = low > 0 ? Math.nextUp(value) : Math.nextDown(value);
        }
        double rounded = dtype.round(target);
        if (contract.outputRounding() == Rounding.TOWARD_ZERO && Math.abs(rounded) > Math.abs(target)) {
            rounded = Double.isInfinite(rounded)
                    ? Math.copySign(dtype.maxFinite(), rounded)
                    : dtype.decode(dtype.encode(rounded) - 1);
        }
        boolean flushed = contract.flushesOutputs() && Math.abs(rounded) < dtype.minNormal();
        return flushed ? 0 : rounded;
    }

    /// Whether the device cut a value beyond the output's range off to its largest number, as IEEE
    /// 754-2019, 7.4 has
    /// it for roundings toward zero.
    boolean cutOff(double value, double error, double got) {
        return contract.outputRounding() == Rounding.TOWARD_ZERO
                && got == Math.copySign(dtype.maxFinite(), value)
                && Math.abs(value) + error >= dtype.maxFinite();
    }

    /// Whether a value this far from `value` may round to an infinity of its sign.
    boolean mayBecomeInfinite(double value, double error) {
        return Double.isInfinite(dtype.round(Math.abs(value) + error));
    }
}
