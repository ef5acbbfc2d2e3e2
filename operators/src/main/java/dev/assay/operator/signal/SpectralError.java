package dev.assay.operator.signal;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.RuleConstants;
import dev.assay.tensor.DType;

/// How far an element of a Fourier transform may be from the exact one, whatever the algorithm.
///
/// A real or imaginary part is a sum of `2n` products of numbers and cosines or sines, in some order:
/// by definition one after the other, in a fast transform as a tree. [Accumulation] has the error of
/// such a sum in its worst order. Beside it every product errs by its own rounding and that of the root
/// of unity, in a fast transform once in each of its stages (Gentleman and Sande, Fast Fourier
/// Transforms for fun and profit, 1966: the error of a whole transform grows as the root of the number
/// of stages, and of each in proportion to the 2-norm; Higham 2002, theorem 24.2, has the worst case
/// `log2(n) η`). With S the sum of the squared magnitudes that go in, no root of unity changes S, so
/// that
///
/// ```
/// σ² = σ(sum)² + L (4 (c u)² + τ²) S        L = 3 log2(4 n): three transforms of twice the length, which Bluestein's
///                                           algorithm for prime lengths takes, the most of any
/// τ² = (c u)² (8π²/3 + (2 f)²)              an angle rounded twice, in rms over a turn; its sine within f ulps
/// ```
final class SpectralError {
    private final ComputeContract contract;
    private final DType dtype;
    private final double unit;
    private final double ofProducts;
    private final long length;
    private final Accumulation sums;

    /// @param length how many complex numbers go into an element
    SpectralError(ComputeContract contract, DType dtype, long length) {
        this.contract = contract;
        this.dtype = dtype;
        this.length = length;
        DType working = contract.intermediates().orElse(contract.accumulatorType(dtype));
        double coarsest =
                Math.max(working.unitRoundoff(), contract.accumulatorType(dtype).unitRoundoff());
        this.unit = RuleConstants.roundingRms() * coarsest;
        double stages = 3 * Math.log(4.0 * length) / Math.log(2);
        double root = 8 * Math.PI * Math.PI / 3 + Math.pow(2 * contract.functionUlps(), 2);
        this.ofProducts = stages * (4 + root) * unit * unit;
        this.sums = new Accumulation(contract, dtype, 2 * length);
    }

    /// Relative rms error of rounding to the working type.
    double unit() {
        return unit;
    }

    /// A part of an element that has this exact value.
    ///
    /// @param squares S of the class comment
    /// @param magnitudes sum of the magnitudes that go in
    Estimate of(DoubleDouble value, double squares, double magnitudes) {
        if (!Double.isFinite(squares) || !Double.isFinite(value.hi())) {
            return Estimate.exact(value).doubting(Estimate.OPEN);
        }
        if (length == 1 || squares == 0) {
            return Estimate.exact(value);
        }
        double variance = sums.variance(value.hi(), squares) + ofProducts * squares;
        double certain = sums.coherent(value.hi(), squares) + sums.underflow();
        if (magnitudes <= 2 * Math.abs(value.hi())) {
            // Where terms have one sign, equal ones round the same way again and again: Higham 2002, section 4.2.
            certain += length * unit / RuleConstants.roundingRms() * magnitudes;
        }
        int doubts = sums.exceedsRange(magnitudes) ? Estimate.NOT_FINITE : 0;
        return new Estimate(value, Math.sqrt(variance), certain, 0, doubts);
    }

    /// The same, multiplied by a number, as it is at the end of an inverse transform.
    Estimate scaled(Estimate of, DoubleDouble factor) {
        if (factor.hi() == 1 && factor.lo() == 0) {
            return of;
        }
        DoubleDouble value = of.value().times(factor);
        // A reciprocal and a product.
        double own = 2 * unit * Math.abs(value.hi());
        return new Estimate(
                value,
                Math.hypot(of.sigma() * factor.hi(), own),
                of.certain() * factor.hi() + smallest(),
                0,
                of.doubts());
    }

    private double smallest() {
        DType type = contract.intermediates().orElse(contract.accumulatorType(dtype));
        return contract.flushesOutputs() ? type.minNormal() : type.minSubnormal();
    }
}
