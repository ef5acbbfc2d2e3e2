package dev.assay.operator.gemm;

import dev.assay.numerics.LineStatistics;
import dev.assay.numerics.Matrix;
import dev.assay.tensor.DType;

/// The operands of one product as the device sees them, and what the errors of all its elements depend on: worked
/// out once for any number of blocks.
public final class Operands {
    /// Elements of both that are kept line by line.
    private static final long MOST_KEPT = 1 << 24;

    /// Exact products that one rounding may join.
    static final int PAIR = 2;

    private final Matrix left;
    private final Matrix right;
    private final int depth;
    private final LineStatistics rowsOf;
    private final LineStatistics columnsOf;
    private final SquaredTerms squares;
    private final boolean allRound;
    private final double largestTerm;

    /// @param type of the elements
    /// @param precision bits that every partial sum keeps
    Operands(Matrix left, Matrix right, int rows, int columns, int depth, DType type, int precision) {
        this.left = left;
        this.right = right;
        this.depth = depth;
        // Products of such elements are exact in f32.
        boolean kept = depth > 0 && 2 * type.precision() <= DType.F32.precision() && areSmall(rows, columns, depth);
        float[][] leftLines = new float[kept ? rows : 0][];
        float[][] rightLines = new float[kept ? columns : 0][];
        if (kept) {
            this.rowsOf = LineStatistics.ofRows(left, rows, depth, leftLines);
            this.columnsOf = LineStatistics.ofRows(right.transposed(), columns, depth, rightLines);
        } else {
            this.rowsOf = LineStatistics.ofRows(left, rows, depth);
            this.columnsOf = LineStatistics.ofColumns(right, columns, depth);
        }
        this.allRound = kept && rowsOf.allRound(columnsOf, PAIR, precision);
        this.largestTerm = rowsOf.largest() * columnsOf.largest();
        this.squares = new SquaredTerms(this, rows, columns, leftLines, rightLines);
    }

    /// Whether operands are so small that what is kept of them costs little memory; of larger ones take parts.
    static boolean areSmall(long rows, long columns, long depth) {
        return (rows + columns) * Math.max(1, depth) <= MOST_KEPT;
    }

    Matrix left() {
        return left;
    }

    Matrix right() {
        return right;
    }

    int depth() {
        return depth;
    }

    LineStatistics rowsOf() {
        return rowsOf;
    }

    LineStatistics columnsOf() {
        return columnsOf;
    }

    SquaredTerms squares() {
        return squares;
    }

    /// No term is larger.
    double largestTerm() {
        return largestTerm;
    }

    /// Whether every sum rounds, see [LineStatistics#allRound], for all that is known; only asked of what is kept.
    boolean allRound() {
        return allRound;
    }

    /// A row of the left operand.
    double[] row(int row) {
        double[] line = new double[depth];
        left.row(row, 0, depth, line, 0);
        return line;
    }

    /// A column of the right operand.
    double[] column(int column) {
        double[] line = new double[depth];
        right.column(column, 0, depth, line, 0);
        return line;
    }
}
