package dev.assay.operator.gemm;

import dev.assay.numerics.Matrix;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;

/// Tensors seen as matrices whose rows are their lines along the last dimension, and matrices whose
/// lines are shifted.
final class LineMatrices {
    private LineMatrices() {}

    /// Row r is the line with row-major number r.
    static Matrix of(Tensor tensor) {
        Shape shape = tensor.shape();
        int last = shape.rank() - 1;
        long length = shape.dim(-1);
        long step = tensor.spec().strides().get(last);
        if (shape.rank() == 1) {
            return Matrix.of(tensor, 0, 0, step);
        }
        if (shape.rank() == 2 || tensor.spec().isDense()) {
            long pitch = shape.rank() == 2 ? tensor.spec().strides().get(0) : length;
            return Matrix.of(tensor, 0, pitch, step);
        }
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                tensor.decodeRun(tensor.position(row * length) + column * step, step, count, into, at);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                for (int i = 0; i < count; i++) {
                    row(row + i, column, 1, into, at + i);
                }
            }
        };
    }

    /// A function of an element and its place.
    @FunctionalInterface
    interface Change {
        double of(double value, long row, long column);
    }

    /// A matrix with every element changed.
    static Matrix changed(Matrix matrix, Change change) {
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return matrix.rowMajor();
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                matrix.row(row, column, count, into, at);
                for (int i = 0; i < count; i++) {
                    into[at + i] = change.of(into[at + i], row, column + i);
                }
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                matrix.column(column, row, count, into, at);
                for (int i = 0; i < count; i++) {
                    into[at + i] = change.of(into[at + i], row + i, column);
                }
            }
        };
    }
}
