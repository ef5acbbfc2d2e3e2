package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.CompensatedGemm;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.GemmF32;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.LineStatistics;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;

/// Expected values and errors of a block of a matrix product; the operators of this family share it.
public final class Products {
    /// Below this, a term of the sum of squares would be lost in f32; see [#squares].
    private static final double SMALLEST_SQUARE_IN_F32 = 0x1p-120;

    private final ComputeContract contract;
    private final DType input;
    private final double lambda;

    /// @param input dtype of both operands
    /// @param lambda standard deviations that the judge will allow
    public Products(ComputeContract contract, DType input, double lambda) {
        this.contract = contract;
        this.input = input;
        this.lambda = lambda;
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
        Squares squares = squares(left, right, rows, columns, depth, rowsOf, columnsOf);
        Accumulation accumulation = new Accumulation(contract, input, depth);
        int precision = exactPrecision();
        DType accumulator = contract.accumulatorType(input);
        double smallest = contract.flushesOutputs() ? accumulator.minNormal() : accumulator.minSubnormal();
        Parallel.forEach(rows, i -> {
            for (int j = 0; j < columns; j++) {
                int to = at + i * columns + j;
                double y = into.values()[to];
                double q = squares.of(i, j);
                if (!Double.isFinite(y)) {
                    byte open = accumulation.mayOverflow(q) ? ExpectedBlock.OR_NOT_FINITE : 0;
                    // Beyond f64 the reference may have overflowed where a fused device has not.
                    into.flags()[to] |= Double.isFinite(q) ? open : ExpectedBlock.ANY;
                } else if (!rowsOf.sumsExactly(i, columnsOf, j, precision, smallest)) {
                    allow(accumulation, y, q, into, to);
                }
            }
        });
    }

    private void allow(Accumulation accumulation, double y, double q, ExpectedBlock into, int to) {
        double sigma = Math.sqrt(accumulation.variance(y, q));
        double deterministic = accumulation.deterministic(y, q);
        double worst = accumulation.worstCase(q);
        if (!Double.isFinite(sigma + deterministic)) {
            // f64 terms whose squares overflow: the model says nothing.
            into.flags()[to] |= ExpectedBlock.ANY;
            return;
        }
        boolean certain = worst < deterministic + lambda * sigma;
        into.sigmas()[to] = certain ? 0 : sigma;
        into.deterministic()[to] = certain ? worst : deterministic;
        if (accumulation.mayOverflow(q)) {
            into.flags()[to] |= ExpectedBlock.OR_NOT_FINITE;
        }
    }

    /// Bits that every partial sum keeps exactly.
    private int exactPrecision() {
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

    /// Sums of the squares of the terms, by element.
    private interface Squares {
        double of(int row, int column);
    }

    /// In f32 where the operands' ranges allow it: a variance needs few digits, and f32 takes half the time.
    private static Squares squares(
            Matrix a, Matrix b, int rows, int columns, int depth, LineStatistics rowsOf, LineStatistics columnsOf) {
        double narrowest = rowsOf.narrowestRange() * columnsOf.narrowestRange();
        if (narrowest * narrowest < SMALLEST_SQUARE_IN_F32) {
            double[] q = new double[rows * columns];
            Gemm.multiply(finiteSquares(a), finiteSquares(b), rows, columns, depth, q, 0, columns);
            return (i, j) -> q[i * columns + j];
        }
        double[] rowScale = new double[rows];
        for (int i = 0; i < rows; i++) {
            rowScale[i] = rowsOf.scale(i);
        }
        double[] columnScale = new double[columns];
        for (int j = 0; j < columns; j++) {
            columnScale[j] = columnsOf.scale(j);
        }
        float[] q = new float[rows * columns];
        GemmF32.multiply(
                finiteSquares(a.scaledRows(rowScale)),
                finiteSquares(b.transposed().scaledRows(columnScale).transposed()),
                rows,
                columns,
                depth,
                q,
                0,
                columns,
                PIECE,
                GemmF32.Pieces.CHAINED);
        return (i, j) -> {
            double scale = rowScale[i] * columnScale[j];
            return q[i * columns + j] / (scale * scale);
        };
    }

    private static final int PIECE = 384;

    private static Matrix finiteSquares(Matrix matrix) {
        return matrix.map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                // Bounded, for an infinity times the square of a zero would be NaN.
                run[i] = Double.isFinite(run[i]) ? Math.min(run[i] * run[i], Double.MAX_VALUE) : 0;
            }
        });
    }
}
