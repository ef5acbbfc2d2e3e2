package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;

/// Product of each line; 1 of no elements.
///
/// - integers wrap
/// - partial products that overflow or underflow in some order leave the result open as far as they reach
/// - source: ONNX ReduceProd-18
public final class ReduceProd extends Reduction {
    public ReduceProd() {
        super("reduce_prod", "ReduceProd", about("Π x; integers wrap", "ONNX ReduceProd-18"), NUMBERS);
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        RunningProduct product = new RunningProduct(arithmetic);
        for (double factor : line) {
            product.multiply(factor);
        }
        return product.estimate();
    }

    @Override
    protected long whole(long[] line, DType type) {
        long product = 1;
        for (long factor : line) {
            product *= factor;
        }
        return product;
    }

    /// Factors around 1, so that the product of many stays in range.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return aroundOne(super.fill(call, input, dataSet));
    }

    static Fill aroundOne(Fill dataSet) {
        return switch (Fills.nameOf(dataSet)) {
            case "normal", "uniform", "lognormal", "outliers", "cancelling", "annulling", "large-mean", "stagnating" ->
                Fills.of("normal", 1, 0.25);
            default -> dataSet;
        };
    }

    /// A product under way, in any range.
    ///
    /// Each multiplication errs by a rounding: σ = c u √n |y|, and never more than n u |y| (Higham, Accuracy and
    /// Stability of Numerical Algorithms, 2002, section 3.1).
    static final class RunningProduct {
        private final LineArithmetic arithmetic;
        /// Significand and exponent: partial products leave the range of f64.
        private DoubleDouble significand = DoubleDouble.ONE;

        private long exponent;
        private double special = 1;
        private int factors;
        private int trivial;
        /// Bits that hold the product exactly, and every partial one.
        private long bits;
        /// Binary logarithms of the products of all large and of all small factors.
        private double large;

        private double small;
        private boolean zero;

        RunningProduct(LineArithmetic arithmetic) {
            this.arithmetic = arithmetic;
        }

        void multiply(double factor) {
            factors++;
            special *= Double.isFinite(factor) && factor != 0 ? Math.signum(factor) : factor;
            if (factor == 0 || !Double.isFinite(factor)) {
                zero |= factor == 0;
                return;
            }
            boolean subnormal = Math.abs(factor) < Double.MIN_NORMAL;
            double normal = subnormal ? factor * 0x1p60 : factor;
            int own = Math.getExponent(normal);
            double part = Math.scalb(normal, -own);
            int zeros = Long.numberOfTrailingZeros(
                    (Double.doubleToRawLongBits(part) & 0xF_FFFF_FFFF_FFFFL) | 0x10_0000_0000_0000L);
            trivial += zeros == 52 ? 1 : 0;
            bits += zeros == 52 ? 0 : 53 - zeros;
            significand = significand.times(part);
            int carry = Math.getExponent(significand.hi());
            significand = significand.scaled(-carry);
            exponent += (long) own + carry - (subnormal ? 60 : 0);
            double log = Math.log(Math.abs(factor)) / Math.log(2);
            large += Math.max(0, log);
            small += Math.min(0, log);
        }

        Estimate estimate() {
            double most = Math.log(arithmetic.largest()) / Math.log(2) - 1;
            double least = Math.log(arithmetic.working().minNormal()) / Math.log(2);
            boolean overflows = large > most;
            if (!Double.isFinite(special)) {
                // NaN, or an infinity; beside it a product that underflows may become NaN.
                Estimate infinite = Estimate.exact(special);
                return small < least ? infinite.doubting(Estimate.NOT_FINITE) : infinite;
            }
            if (zero) {
                Estimate none = Estimate.exact(special);
                return overflows ? none.doubting(Estimate.NOT_FINITE) : none;
            }
            if (overflows && small < least) {
                return Estimate.exact(0).doubting(Estimate.OPEN);
            }
            int shift = Math.clamp(exponent, -5000, 5000);
            DoubleDouble value = significand.scaled(shift);
            int roundings = factors - trivial;
            boolean exact = bits <= arithmetic.working().precision() || roundings <= 1;
            if (!Double.isFinite(value.hi())) {
                return Estimate.exact(value.hi());
            }
            double size = Math.abs(value.hi());
            boolean loses = small < least;
            double certain = loses ? factors * arithmetic.quantum() * Math.pow(2, large) : 0;
            double worst = exact ? 0 : 1.01 * factors * arithmetic.working().unitRoundoff() * size;
            double sigma = exact ? 0 : Math.sqrt(roundings) * arithmetic.unit() * size;
            boolean brief = worst <= arithmetic.lambda() * sigma;
            Estimate product = new Estimate(value, brief ? 0 : sigma, certain + (brief ? worst : 0), 0, 0);
            return overflows ? product.doubting(Estimate.NOT_FINITE) : product;
        }
    }
}
