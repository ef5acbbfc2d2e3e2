package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.CompensatedGemm;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.GemmF32;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.LineStatistics;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.SummationGuard;
import dev.assay.numerics.SummationGuard.Finding;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Expected values and errors of a block of a matrix product; the operators of this family share it.
public final class Products {
    /// Below this, a term of the sum of squares would be lost in f32; see [Squares].
    private static final double SMALLEST_SQUARE_IN_F32 = 0x1p-120;

    private static final Finding INDEPENDENT = new Finding(false, 0);

    private final ComputeContract contract;
    private final DType input;
    private final double lambda;
    private final Whole whole;
    private final SummationGuard guard;
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
        this.contract = contract;
        this.input = input;
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

    private synchronized SampledSums sampled() {
        if (sampled == null) {
            sampled = new SampledSums(whole, new Accumulation(contract, input, whole.depth()), guard);
        }
        return sampled;
    }

    /// Fills `rows * columns` elements of a block, in row-major order, from element `at`.
    public void expect(Matrix a, Matrix b, int rows, int columns, int depth, ExpectedBlock into, int at) {
        Matrix left = InputRoundings.apply(contract, input, a);
        Matrix right = InputRoundings.apply(contract, input, b);
        if (input == DType.F64) {
            CompensatedGemm.multiply(left, right, rows, columns, depth, into.values(), into.lows(), at, columns);
        } else {
            Gemm.multiply(left, right, rows, columns, depth, into.values(), at, columns);
        }
        LineStatistics rowsOf = LineStatistics.ofRows(left, rows, depth);
        LineStatistics columnsOf = LineStatistics.ofColumns(right, columns, depth);
        Squares squares = new Squares(left, right, rows, columns, depth, rowsOf, columnsOf);
        Accumulation accumulation = new Accumulation(contract, input, depth);
        int precision = exactPrecision(contract, input);
        double smallest = Accumulation.smallestUnit(contract, input);
        boolean guarded = !guard.spares(depth);
        int[] columnKinds = new int[guarded ? columns : 0];
        Arrays.setAll(columnKinds, columnsOf::kind);
        Parallel.forEach(rows, i -> {
            double rowScale = rowsOf.scale(i);
            int rowKind = guarded ? rowsOf.kind(i) : 0;
            // Most lines are of one kind: what was found for the last element holds for the next one.
            Finding found = INDEPENDENT;
            int foundFor = 0;
            boolean anyFound = false;
            for (int j = 0; j < columns; j++) {
                int to = at + i * columns + j;
                double y = into.values()[to];
                double q = squares.of(i, j);
                double columnScale = columnsOf.scale(j);
                if (accumulation.exceedsRange(accumulation.largestSum(q) / rowScale / columnScale)) {
                    into.flags()[to] |= accumulation.saturates() ? ExpectedBlock.ANY : ExpectedBlock.OR_NOT_FINITE;
                }
                boolean tooWide = input == DType.F64 && rowsOf.range(i) * columnsOf.range(j) < SMALLEST_SQUARED_IN_F64;
                if (tooWide) {
                    allowByMagnitude(left, right, i, j, depth, into, to);
                } else if (Double.isFinite(y)
                        && !rowsOf.sumsExactly(i, columnsOf, j, precision, smallest)
                        && !roundsOnce(rowsOf, i, columnsOf, j, precision, smallest, into, to)) {
                    if (guarded && !(anyFound && columnKinds[j] == foundFor)) {
                        found = sampled().look(rowKind, columnKinds[j]);
                        foundFor = columnKinds[j];
                        anyFound = true;
                    }
                    Finding finding = found;
                    if (Double.isNaN(finding.drift())) {
                        finding = sampled().look(line(left, i, depth), line(right.transposed(), j, depth), depth);
                    }
                    if (finding.doubtful()) {
                        into.flags()[to] |= ExpectedBlock.GUARDED;
                    }
                    allow(accumulation, y, q, finding.drift(), rowScale, columnScale, into, to);
                }
            }
        });
    }

    private static double[] line(Matrix matrix, int row, int length) {
        double[] line = new double[length];
        matrix.row(row, 0, length, line, 0);
        return line;
    }

    /// Sums of one product, or of two that the accumulator holds exactly: whatever else a kernel adds are zeros, so
    /// that any order rounds once, to the accumulator, and fused or not gives the same. Sets the value to that.
    ///
    /// Not claimed where a wider accumulator, which no one is to be blamed for, would give another result.
    private boolean roundsOnce(
            LineStatistics rowsOf,
            int i,
            LineStatistics columnsOf,
            int j,
            int precision,
            double smallest,
            ExpectedBlock into,
            int to) {
        if (rowsOf.fewExactProducts(i, columnsOf, j, 1, precision, smallest)) {
            into.lows()[to] = 0;
            return true;
        }
        DType accumulator = contract.accumulatorType(input);
        boolean plain = contract.accumulatorRounding() == Rounding.NEAREST_EVEN
                && !(contract.accumulator() instanceof Accumulator.Aligned)
                && precision == accumulator.precision();
        if (!plain
                || !rowsOf.fewExactProducts(i, columnsOf, j, 2, precision, smallest)
                || !(input == DType.F64 || rowsOf.pairsFitF64(i, columnsOf, j))) {
            return false;
        }
        double sum = into.values()[to];
        double once = accumulator.round(sum);
        // Not subnormal where these are flushed: `smallest` divides it.
        if (input.round(once) != input.round(sum)) {
            return false;
        }
        into.values()[to] = once;
        into.lows()[to] = 0;
        return true;
    }

    /// Works on scaled terms, whose squares stay within the range of f64, and scales the errors back.
    private void allow(
            Accumulation accumulation,
            double y,
            double q,
            double drift,
            double rowScale,
            double columnScale,
            ExpectedBlock into,
            int to) {
        double scaled = y * rowScale * columnScale;
        double sigma = Math.sqrt(accumulation.variance(scaled, q));
        double coherent = accumulation.coherent(scaled, q) + drift * sigma;
        double worst = accumulation.worstCase(q);
        boolean certain = worst < coherent + lambda * sigma;
        into.sigmas()[to] = certain ? 0 : sigma / rowScale / columnScale;
        into.deterministic()[to] = (certain ? worst : coherent) / rowScale / columnScale + accumulation.underflow();
    }

    /// For f64 operands so unlike in size that the squares of their products leave f64: the worst case of any
    /// order, `gamma(k) sum |a b|` (Higham 2002, section 3.1), or nothing where that sum, and so the reference, may
    /// overflow.
    private void allowByMagnitude(Matrix a, Matrix b, int row, int column, int depth, ExpectedBlock into, int to) {
        double[] left = new double[depth];
        double[] right = new double[depth];
        a.row(row, 0, depth, left, 0);
        b.column(column, 0, depth, right, 0);
        double magnitude = 0;
        boolean finite = true;
        for (int k = 0; k < depth; k++) {
            double term = Math.abs(left[k] * right[k]);
            boolean given = Double.isFinite(left[k]) && Double.isFinite(right[k]);
            finite &= given;
            magnitude += given ? term : 0;
        }
        double u = contract.accumulatorType(input).unitRoundoff();
        double allowed = 2 * (depth + 1) * u * magnitude + depth * Double.MIN_VALUE;
        boolean plain = contract.inputs() == ComputeContract.InputRounding.NONE
                && !(contract.accumulator() instanceof Accumulator.Aligned);
        if (finite && plain && Double.isFinite(magnitude)) {
            into.sigmas()[to] = 0;
            into.deterministic()[to] = allowed;
        } else if (finite) {
            into.flags()[to] |= ExpectedBlock.ANY;
        }
    }

    /// An operand as the device sees it.
    Matrix seen(Matrix operand) {
        return InputRoundings.apply(contract, input, operand);
    }

    /// Variance that rounding gives to an output: an error that is uniform over an ulp, or over one below it where
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

    /// Variance of a sum of results with random signs, from the sums of their squares and of their terms' squares:
    /// the variance of one is linear in its square and its terms', and what errs coherently gets the signs too.
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

    /// Sums of the squares of the scaled terms, by element.
    ///
    /// In f32 where the ranges of an element's row and column allow it: a variance needs few digits, and f32 takes
    /// half the time. The choice is the element's own, so that a bound does not depend on its neighbours.
    private static final class Squares {
        private final double[] rowRange;
        private final double[] columnRange;
        private final int columns;
        private final float[] narrow;
        private final double[] wide;

        Squares(Matrix a, Matrix b, int rows, int columns, int depth, LineStatistics rowsOf, LineStatistics columnsOf) {
            this.rowRange = of(rows, rowsOf::range);
            this.columnRange = of(columns, columnsOf::range);
            this.columns = columns;
            Matrix left = finiteSquares(a.scaledRows(of(rows, rowsOf::scale)));
            Matrix right = finiteSquares(
                    b.transposed().scaledRows(of(columns, columnsOf::scale)).transposed());
            boolean anyNarrow = fitsF32(largest(rowRange), largest(columnRange));
            boolean anyWide = !fitsF32(smallest(rowRange), smallest(columnRange));
            narrow = new float[anyNarrow ? rows * columns : 0];
            wide = new double[anyWide ? rows * columns : 0];
            if (anyNarrow) {
                GemmF32.multiply(left, right, rows, columns, depth, narrow, 0, columns, PIECE, GemmF32.Pieces.CHAINED);
            }
            if (anyWide) {
                Gemm.multiply(left, right, rows, columns, depth, wide, 0, columns);
            }
        }

        private static double[] of(int lines, IntToDoubleFunction value) {
            double[] values = new double[lines];
            Arrays.setAll(values, value);
            return values;
        }

        private static double largest(double[] values) {
            return Arrays.stream(values).max().orElse(1);
        }

        private static double smallest(double[] values) {
            return Arrays.stream(values).min().orElse(1);
        }

        private static boolean fitsF32(double rowRange, double columnRange) {
            double smallest = rowRange * columnRange;
            return smallest * smallest >= SMALLEST_SQUARE_IN_F32;
        }

        double of(int row, int column) {
            int from = row * columns + column;
            return fitsF32(rowRange[row], columnRange[column]) ? narrow[from] : wide[from];
        }
    }

    private static final int PIECE = 384;

    /// Terms at least this large, the largest being 1, have squares that are normal in f64.
    private static final double SMALLEST_SQUARED_IN_F64 = 0x1p-480;

    private static Matrix finiteSquares(Matrix matrix) {
        return matrix.map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                run[i] = Double.isFinite(run[i]) ? run[i] * run[i] : 0;
            }
        });
    }
}
