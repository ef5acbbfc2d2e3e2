package dev.assay.operator.linalg;

import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;

/// The matrices of a batched tensor: its last two dimensions, or a vector's last one as a row.
final class Matrices {
    private final double[] values;
    private final int rows;
    private final int columns;

    private Matrices(double[] values, int rows, int columns) {
        this.values = values;
        this.rows = rows;
        this.columns = columns;
    }

    static Matrices of(Tensor tensor) {
        Shape shape = tensor.shape();
        double[] values = new double[Math.toIntExact(shape.elements())];
        tensor.decode(0, values.length, values, 0);
        return new Matrices(values, Math.toIntExact(shape.dim(-2)), Math.toIntExact(shape.dim(-1)));
    }

    /// One row to a matrix.
    static Matrices ofRows(Tensor tensor) {
        Shape shape = tensor.shape();
        double[] values = new double[Math.toIntExact(shape.elements())];
        tensor.decode(0, values.length, values, 0);
        return new Matrices(values, 1, Math.toIntExact(shape.dim(-1)));
    }

    /// How many there are.
    int count() {
        return values.length == 0 ? 0 : values.length / rows / columns;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    double at(int matrix, int row, int column) {
        return values[(matrix * rows + row) * columns + column];
    }

    /// A vector's element, where there is one row to a matrix.
    double at(int matrix, int column) {
        return at(matrix, 0, column);
    }

    /// Euclidean norm of a column, without overflow.
    double columnNorm(int matrix, int column) {
        double norm = 0;
        for (int i = 0; i < rows; i++) {
            norm = Math.hypot(norm, at(matrix, i, column));
        }
        return norm;
    }
}
