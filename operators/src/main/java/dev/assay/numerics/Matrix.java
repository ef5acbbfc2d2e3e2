package dev.assay.numerics;

import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// Read access to a matrix, a run of elements at a time, as doubles.
public interface Matrix {

    /// Whether runs along a row are the cheap ones; otherwise runs along a column are.
    boolean rowMajor();

    /// Elements `(row, column)` to `(row, column + count - 1)`.
    void row(long row, long column, int count, double[] into, int at);

    /// Elements `(row, column)` to `(row + count - 1, column)`.
    void column(long column, long row, int count, double[] into, int at);

    /// A part of a tensor's memory, decoded as it is read.
    ///
    /// @param position of element (0, 0), in elements from the start of the memory
    /// @param rowStride elements from one row to the next
    /// @param columnStride elements from one column to the next
    static Matrix of(Tensor tensor, long position, long rowStride, long columnStride) {
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return columnStride == 1 || rowStride != 1;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                tensor.decodeRun(position + row * rowStride + column * columnStride, columnStride, count, into, at);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                tensor.decodeRun(position + row * rowStride + column * columnStride, rowStride, count, into, at);
            }
        };
    }

    /// Row-major values in an array.
    static Matrix of(double[] values, int from, int rowStride) {
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                System.arraycopy(values, (int) (from + row * rowStride + column), into, at, count);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                int position = (int) (from + row * rowStride + column);
                for (int i = 0; i < count; i++) {
                    into[at + i] = values[position + i * rowStride];
                }
            }
        };
    }

    /// Rows in f32.
    static Matrix of(float[][] rows) {
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                float[] values = rows[(int) row];
                for (int i = 0; i < count; i++) {
                    into[at + i] = values[(int) column + i];
                }
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                for (int i = 0; i < count; i++) {
                    into[at + i] = rows[(int) row + i][(int) column];
                }
            }
        };
    }

    /// Nothing but zeros, of any size.
    static Matrix zeros() {
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                Arrays.fill(into, at, at + count, 0);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                Arrays.fill(into, at, at + count, 0);
            }
        };
    }

    /// The first `rows` rows of one matrix with another below them.
    static Matrix stacked(Matrix top, int rows, Matrix bottom) {
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                if (row < rows) {
                    top.row(row, column, count, into, at);
                } else {
                    bottom.row(row - rows, column, count, into, at);
                }
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                int above = Math.clamp(rows - row, 0, count);
                if (above > 0) {
                    top.column(column, row, above, into, at);
                }
                if (above < count) {
                    bottom.column(column, row + above - rows, count - above, into, at + above);
                }
            }
        };
    }

    /// This matrix with rows and columns exchanged.
    default Matrix transposed() {
        Matrix self = this;
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return !self.rowMajor();
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                self.column(row, column, count, into, at);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                self.row(column, row, count, into, at);
            }
        };
    }

    /// Changes a run of values after it was read.
    @FunctionalInterface
    interface RunMap {
        void apply(double[] run, int from, int count);
    }

    /// This matrix with every element changed.
    default Matrix map(RunMap change) {
        Matrix self = this;
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return self.rowMajor();
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                self.row(row, column, count, into, at);
                change.apply(into, at, count);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                self.column(column, row, count, into, at);
                change.apply(into, at, count);
            }
        };
    }

    /// This matrix with row i multiplied by `scale[i]`.
    default Matrix scaledRows(double[] scale) {
        Matrix self = this;
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return self.rowMajor();
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                self.row(row, column, count, into, at);
                double factor = scale[(int) row];
                for (int i = 0; i < count; i++) {
                    into[at + i] *= factor;
                }
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                self.column(column, row, count, into, at);
                for (int i = 0; i < count; i++) {
                    into[at + i] *= scale[(int) row + i];
                }
            }
        };
    }

    /// The part that starts at (row, column).
    default Matrix from(long row, long column) {
        Matrix self = this;
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return self.rowMajor();
            }

            @Override
            public void row(long r, long c, int count, double[] into, int at) {
                self.row(r + row, c + column, count, into, at);
            }

            @Override
            public void column(long c, long r, int count, double[] into, int at) {
                self.column(c + column, r + row, count, into, at);
            }
        };
    }

    /// All rows in another order: row i is row `order[i]` of this matrix.
    default Matrix reordered(int[] order) {
        Matrix self = this;
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return self.rowMajor();
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                self.row(order[(int) row], column, count, into, at);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                double[] whole = new double[order.length];
                self.column(column, 0, order.length, whole, 0);
                for (int i = 0; i < count; i++) {
                    into[at + i] = whole[order[(int) row + i]];
                }
            }
        };
    }

    /// The rows with these numbers, in this order.
    default Matrix rows(long[] numbers) {
        Matrix self = this;
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                self.row(numbers[(int) row], column, count, into, at);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                for (int i = 0; i < count; i++) {
                    self.row(numbers[(int) row + i], column, 1, into, at + i);
                }
            }
        };
    }
}
