package dev.assay.baselines.kernels;

import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// Products of matrices in a device's arithmetic.
final class Dots {
    /// Columns that are decoded at a time.
    private static final int PANEL = 256;
    /// Rows and columns that a thread takes at a time.
    private static final int ROWS = 16;

    private static final int COLUMNS = 64;

    private Dots() {}

    /// The sums of products of the rows of one matrix and the columns of another, row by row.
    static double[] multiply(Arithmetic arithmetic, Matrix left, Matrix right, int rows, int columns, int depth) {
        int elements = Math.multiplyExact(rows, columns);
        if (elements == 0) {
            return new double[0];
        }
        return arithmetic
                .matrixProduct(left, right, rows, columns, depth)
                .orElseGet(() -> oneByOne(arithmetic, left, right, rows, columns, depth));
    }

    private static double[] oneByOne(
            Arithmetic arithmetic, Matrix left, Matrix right, int rows, int columns, int depth) {
        double[] results = new double[rows * columns];
        for (int from = 0; from < columns; from += PANEL) {
            int first = from;
            double[][] panel = new double[Math.min(PANEL, columns - from)][depth];
            Parallel.forEach(panel.length, j -> right.column(first + (long) j, 0, depth, panel[j], 0));
            int across = Math.ceilDiv(panel.length, COLUMNS);
            Parallel.forEach(Math.ceilDiv(rows, ROWS) * across, part -> {
                int row = part / across * ROWS;
                int column = part % across * COLUMNS;
                double[][] lines = new double[Math.min(ROWS, rows - row)][depth];
                for (int i = 0; i < lines.length; i++) {
                    left.row((long) row + i, 0, depth, lines[i], 0);
                }
                double[][] others = Arrays.copyOfRange(panel, column, Math.min(panel.length, column + COLUMNS));
                arithmetic.dots(lines, others, depth, results, row * columns + first + column, columns);
            });
        }
        return results;
    }

    /// A matrix in a tensor's memory.
    ///
    /// @param first memory position of its first element
    static Matrix matrix(Tensor tensor, long first, long rowStep, long columnStep) {
        return Matrix.of(tensor, first, rowStep, columnStep);
    }

    /// The lines of a tensor along its last dimension, copied.
    static Matrix lines(Tensor tensor) {
        int length = Math.toIntExact(tensor.shape().dim(-1));
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return Matrix.of(values, 0, length);
    }

    /// Step in memory along a dimension, counted from the end; 0 where that is missing or repeats.
    static long step(TensorSpec spec, int fromEnd) {
        List<Long> strides = spec.strides();
        int axis = strides.size() - fromEnd;
        return axis < 0 || spec.shape().dim(axis) == 1 ? 0 : strides.get(axis);
    }

    /// All elements.
    static double[] values(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return values;
    }

    /// A whole number held in a type of few bits.
    static double clamped(double value, DType type) {
        double least = type.kind() == DType.Kind.SIGNED ? -type.maxFinite() - 1 : 0;
        return value < least ? least : value > type.maxFinite() ? type.maxFinite() : value;
    }

    /// Stores results in row-major order; every NaN is the same one.
    static void store(double[] results, Tensor into, long start) {
        for (int i = 0; i < results.length; i++) {
            if (Double.isNaN(results[i])) {
                results[i] = Double.NaN;
            }
        }
        into.encode(start, results.length, results, 0);
    }
}
