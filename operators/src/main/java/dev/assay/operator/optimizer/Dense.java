package dev.assay.operator.optimizer;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// A small dense matrix in f64.
final class Dense {
    /// Sweeps of Jacobi's method: it converges quadratically, in fewer than ten for any size in use.
    private static final int SWEEPS = 30;

    private final int rows;
    private final int columns;
    private final double[] values;

    /// @param values in row-major order; they are not copied
    Dense(int rows, int columns, double[] values) {
        this.rows = rows;
        this.columns = columns;
        this.values = values;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    /// In row-major order; they may be written.
    double[] values() {
        return values;
    }

    static Dense zeros(int rows, int columns) {
        return new Dense(rows, columns, new double[rows * columns]);
    }

    static Dense identity(int size) {
        Dense one = zeros(size, size);
        for (int i = 0; i < size; i++) {
            one.values[i * size + i] = 1;
        }
        return one;
    }

    double at(int row, int column) {
        return values[row * columns + column];
    }

    Dense transposed() {
        Dense other = zeros(columns, rows);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                other.values[j * rows + i] = at(i, j);
            }
        }
        return other;
    }

    Dense times(Dense right) {
        Dense product = zeros(rows, right.columns);
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < columns; k++) {
                double factor = at(i, k);
                for (int j = 0; j < right.columns; j++) {
                    product.values[i * right.columns + j] += factor * right.values[k * right.columns + j];
                }
            }
        }
        return product;
    }

    Dense map(DoubleUnaryOperator function) {
        return new Dense(rows, columns, Arrays.stream(values).map(function).toArray());
    }

    Dense with(Dense other, DoubleBinaryOperator function) {
        Dense result = zeros(rows, columns);
        Arrays.setAll(result.values, i -> function.applyAsDouble(values[i], other.values[i]));
        return result;
    }

    Dense plus(Dense other) {
        return with(other, Double::sum);
    }

    Dense scaled(double factor) {
        return map(x -> factor * x);
    }

    Dense squared() {
        return map(x -> x * x);
    }

    double norm() {
        return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
    }

    /// Eigenvectors of a symmetric matrix as columns, by cyclic Jacobi rotations (Golub and Van Loan, Matrix
    /// Computations,
    /// 4th edition, section 8.5.3).
    Dense eigenvectors() {
        Dense a = new Dense(rows, columns, values.clone());
        Dense vectors = identity(rows);
        double whole = norm();
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            double off = 0;
            for (int p = 0; p < rows; p++) {
                for (int q = p + 1; q < rows; q++) {
                    off += a.at(p, q) * a.at(p, q);
                    a.rotate(p, q, vectors);
                }
            }
            if (Math.sqrt(off) <= Math.ulp(whole)) {
                break;
            }
        }
        return vectors;
    }

    /// Makes the element (p, q) of a symmetric matrix 0.
    private void rotate(int p, int q, Dense vectors) {
        double element = at(p, q);
        if (element == 0) {
            return;
        }
        double slope = (at(q, q) - at(p, p)) / (2 * element);
        double tangent = Math.copySign(1, slope) / (Math.abs(slope) + Math.hypot(1, slope));
        double cosine = 1 / Math.hypot(1, tangent);
        double sine = tangent * cosine;
        for (int k = 0; k < rows; k++) {
            turn(k * columns + p, k * columns + q, cosine, sine);
        }
        for (int k = 0; k < rows; k++) {
            turn(p * columns + k, q * columns + k, cosine, sine);
        }
        for (int k = 0; k < rows; k++) {
            vectors.turn(k * columns + p, k * columns + q, cosine, sine);
        }
    }

    private void turn(int one, int other, double cosine, double sine) {
        double first = values[one];
        double second = values[other];
        values[one] = cosine * first - sine * second;
        values[other] = sine * first + cosine * second;
    }
}
