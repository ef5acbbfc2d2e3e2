package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.CompensatedGemm;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.SummationGuard;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Expected values and errors of a block of a matrix product; the operators of this family share it.
public final class Products {
    final ComputeContract contract;
    final DType input;
    final DType result;
    final double lambda;
    final SummationGuard guard;
    private final Whole whole;
    private @Nullable SampledSums sampled;

    /// All the operands of a call, of which a region is a part.
    ///
    /// @param batches number of products
    /// @param left operand of a product by its number
    /// @param right operand of a product by its number
    /// @param rows of every left operand
    /// @param columns of every right operand
    /// @param depth terms of a sum
    public record Whole(
            long batches, LongFunction<Matrix> left, LongFunction<Matrix> right, long rows, long columns, int depth) {}

    /// The products of a call.
    ///
    /// @param input dtype of both operands
    /// @param lambda standard deviations that the judge will allow
    /// @param whole all operands
    public Products(ComputeContract contract, DType input, double lambda, Whole whole) {
        this(contract, input, input, lambda, whole);
    }

    /// The products of a call whose sums are handed on in another type than that of the operands.
    ///
    /// @param result type that sums are rounded to; f64 where more is done with them before that
    public Products(ComputeContract contract, DType input, DType result, double lambda, Whole whole) {
        this.contract = contract;
        this.input = input;
        this.result = result;
        this.lambda = lambda;
        this.guard = new SummationGuard(contract, input);
        this.whole = new Whole(
                whole.batches(),
                batch -> InputRoundings.apply(contract, input, whole.left().apply(batch)),
                batch -> InputRoundings.apply(contract, input, whole.right().apply(batch)),
                whole.rows(),
                whole.columns(),
                whole.depth());
    }

    /// What is known of the drift of sums; looks at some when it is first asked.
    synchronized SampledSums sampled() {
        if (sampled == null) {
            sampled = new SampledSums(whole, new Accumulation(contract, input, whole.depth()), guard);
        }
        return sampled;
    }

    /// The operands of one product, for any number of blocks of it.
    public Operands operands(Matrix a, Matrix b, int rows, int columns, int depth) {
        return new Operands(seen(a), seen(b), rows, columns, depth, input, exactPrecision());
    }

    /// Fills `rows * columns` elements of a block, in row-major order, from element `at`.
    public void expect(Matrix a, Matrix b, int rows, int columns, int depth, ExpectedBlock into, int at) {
        expect(operands(a, b, rows, columns, depth), 0, 0, rows, columns, into, at);
    }

    /// The same of rows and columns of the operands from these numbers on.
    public void expect(
            Operands operands, int fromRow, int fromColumn, int rows, int columns, ExpectedBlock into, int at) {
        Matrix left = operands.left().from(fromRow, 0);
        Matrix right = operands.right().from(0, fromColumn);
        int depth = operands.depth();
        if (input == DType.F64) {
            CompensatedGemm.multiply(left, right, rows, columns, depth, into.values(), into.lows(), at, columns);
        } else {
            // A block of one product is written as a whole.
            double[] values = into.elements() == rows * columns ? into.valuesToOverwrite() : into.values();
            Gemm.multiply(left, right, rows, columns, depth, values, at, columns);
        }
        ProductErrors errors = new ProductErrors(this, operands, fromRow, fromColumn, rows, columns, into.values(), at);
        if (into.elements() == rows * columns && errors.canWait()) {
            into.leaveErrors(errors);
        } else {
            errors.writeAll(into);
        }
    }

    /// An operand as the device sees it.
    Matrix seen(Matrix operand) {
        return InputRoundings.apply(contract, input, operand);
    }

    /// Variance that rounding gives to an output: an error that is uniform over an ulp, or over one
    /// below it where
    /// the contract cuts off.
    double outputVariance(DType output, double value) {
        double ulp = output.ulp(value);
        boolean cutsOff = contract.outputRounding() == ComputeContract.Rounding.TOWARD_ZERO;
        double variance = ulp * ulp / (cutsOff ? 3 : 12);
        if (contract.outputViaF32() && Double.isFinite(value)) {
            double inner = Math.ulp((float) value);
            variance += inner * inner / 12;
        }
        return variance;
    }

    /// Variance that adding a number gives to an output: the sum is rounded once more, or starts with
    /// the number.
    double additionVariance(int depth, double added, double value) {
        double rounded =
                RuleConstants.roundingRms() * contract.accumulatorType(input).unitRoundoff() * value;
        double started = new Bias(contract, input, depth).deviation(added);
        return rounded * rounded + started * started;
    }

    /// Variance of a sum of results with random signs, from the sums of their squares and of their
    /// terms' squares:
    /// the variance of one is linear in its square and its terms', and what errs coherently gets the
    /// signs too.
    double projectedVariance(int depth, double squares, double termSquares) {
        Accumulation accumulation = new Accumulation(contract, input, depth);
        double size = Math.sqrt(squares);
        double coherent = accumulation.coherent(size, termSquares);
        return accumulation.variance(size, termSquares) + coherent * coherent;
    }

    /// What underflow may take from a sum of results.
    double projectedCertain(int depth, int width) {
        double flushed = contract.flushesOutputs() ? input.minNormal() : input.minSubnormal();
        return width * (new Accumulation(contract, input, depth).underflow() + flushed);
    }

    /// Bits that every partial sum keeps exactly.
    int exactPrecision() {
        return exactPrecision(contract, input);
    }

    static int exactPrecision(ComputeContract contract, DType input) {
        int precision = contract.accumulatorType(input).precision();
        if (contract.accumulator() instanceof Accumulator.Aligned(int fractionBits, int ignored)) {
            precision = Math.min(precision, fractionBits);
        }
        if (contract.partials() instanceof Stored.As(DType type)) {
            precision = Math.min(precision, type.precision());
        }
        if (contract.prescaled() instanceof Stored.As(DType type) && type.precision() < input.precision()) {
            return 0;
        }
        return precision;
    }
}
