package dev.assay.operator.gemm;

import dev.assay.numerics.Matrix;
import java.util.Arrays;
import java.util.List;

/// Matrices of one height below each other: operands of products that go on over several matrices.
public final class StackedMatrices {
    private StackedMatrices() {}

    /// The matrices below each other.
    ///
    /// @param height rows of each
    public static Matrix of(long height, List<Matrix> parts) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        boolean rowMajor = parts.isEmpty() || parts.getFirst().rowMajor();
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return rowMajor;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                parts.get((int) (row / height)).row(row % height, column, count, into, at);
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                int done = 0;
                while (done < count) {
                    long from = (row + done) % height;
                    int run = (int) Math.min(count - done, height - from);
                    parts.get((int) ((row + done) / height)).column(column, from, run, into, at + done);
                    done += run;
                }
            }
        };
    }

    /// A matrix of ones, of any size: its products are the sums of columns.
    public static Matrix ones() {
        return Matrix.zeros().map((run, from, count) -> Arrays.fill(run, from, from + count, 1));
    }
}
