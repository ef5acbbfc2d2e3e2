package dev.assay.operator.norm;

import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;

/// A line divided by its root mean square, `x / sqrt(Σ x² / n + epsilon)`.
///
/// The inverse root errs by `½ c u sqrt(n/3 + 1) ms / (ms + epsilon)` from the sum and by the function
/// itself; a weighted element by two products more. Squares that may leave the range leave the line
/// open. An infinity makes the root infinite: finite elements become 0, infinite ones NaN, as IEEE
/// arithmetic has it.
public final class RootMeanSquare {
    static final long ONNX_F32 = 1;
    static final long ONNX_F64 = 11;

    private final double[] values;
    private final double[] beyond;
    private final LineArithmetic arithmetic;
    private final double inputUnit;
    private final Estimate inverse;
    private final boolean infinite;

    /// Takes the root of a line.
    ///
    /// @param beyond what the exact elements exceed `values` by; empty if nothing
    /// @param inputUnit relative rms error of each element and weight as it is read
    public RootMeanSquare(
            double[] values, double[] beyond, double epsilon, double inputUnit, LineArithmetic arithmetic) {
        this.values = values;
        this.beyond = beyond;
        this.arithmetic = arithmetic;
        this.inputUnit = inputUnit;
        Estimate sum = arithmetic.sumOfSquares(values, beyond, inputUnit);
        boolean any = false;
        for (double value : values) {
            any |= Double.isInfinite(value);
        }
        this.infinite = any;
        Estimate mean = arithmetic.plus(arithmetic.divided(sum, values.length), Estimate.exact(epsilon));
        boolean outside = sum.has(Estimate.NOT_FINITE) && !infinite;
        Estimate root = arithmetic.reciprocalSqrt(mean);
        this.inverse = (outside ? root.doubting(Estimate.OPEN) : root)
                .withSigma(arithmetic.storedUnit() * Math.abs(root.number()));
    }

    /// The inverse root of the mean square.
    public Estimate inverse() {
        return inverse;
    }

    /// An element times a weight.
    Estimate weighted(int i, double weight) {
        double x = values[i];
        if (infinite || !Double.isFinite(inverse.number()) || !Double.isFinite(x) || !Double.isFinite(weight)) {
            // No deviation: 0 times infinity or not by the last bit of epsilon.
            boolean nothing = Double.isInfinite(inverse.number());
            Estimate value = Estimate.exact(x * inverse.number() * weight);
            return nothing || inverse.has(Estimate.OPEN) ? value.doubting(Estimate.OPEN) : value;
        }
        DoubleDouble exact = new DoubleDouble(x, beyond.length > 0 ? beyond[i] : 0);
        DoubleDouble normal = exact.times(inverse.value());
        DoubleDouble y = normal.times(weight);
        double size = Math.abs(y.hi());
        double unit = arithmetic.unit();
        double ofInverse = Math.abs(normal.hi()) * inverse.sigma() / inverse.number();
        double kept = arithmetic.contract().normalized() instanceof Stored.As(DType type)
                ? type.ulp(normal.hi()) / Math.sqrt(12)
                : 0;
        double sigma = Math.hypot(
                Math.abs(weight) * Math.hypot(ofInverse, kept),
                size * Math.sqrt(2 * unit * unit + 2 * inputUnit * inputUnit));
        double relative = inverse.certain() / inverse.number();
        double lost = size == 0 ? 0 : arithmetic.quantum() * (1 + Math.abs(weight));
        double certain =
                size * relative + (size < arithmetic.working().minNormal() * (1 + Math.abs(weight)) ? lost : 0);
        double systematic = size * inverse.systematic() / inverse.number();
        return new Estimate(y, sigma, certain, systematic, inverse.doubts());
    }

    /// Throws [InvalidCallException] unless epsilon is a number that is not negative.
    public static void checkEpsilon(double epsilon, String operator) {
        if (!(epsilon >= 0)) {
            throw new InvalidCallException(
                    "epsilon " + epsilon, operator + ", attribute epsilon", "give a number that is not negative");
        }
    }

    /// The type that a `stash_type` stands for. Throws [InvalidCallException].
    static DType stash(long type, String operator) {
        if (type == ONNX_F32 || type == ONNX_F64) {
            return type == ONNX_F32 ? DType.F32 : DType.F64;
        }
        throw new InvalidCallException(
                "stash_type " + type, operator + ", attribute stash_type", "give 1 (f32) or 11 (f64)");
    }

    /// All values of a tensor.
    static double[] all(dev.assay.tensor.Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return values;
    }
}
