package dev.assay.numerics;

import java.util.Arrays;

/// Matrix product as if computed in twice the precision of f64, for operands that are f64 themselves.
///
/// Each result is Dot2 of Ogita, Rump and Oishi, "Accurate sum and dot product" (SIAM J. Sci. Comput. 26, 2005), taken
/// along rows so that the inner loop runs over neighbouring results: its error is at most `u |y| + (K u)² Σ|ab|` before
/// the two parts are rounded to one.
public final class CompensatedGemm {
    private CompensatedGemm() {}

    /// `high + low = sum over k of a(i,k) b(k,j)`; both arrays receive `rows` rows, `stride` apart, from index
    /// `at`.
    public static void multiply(
            Matrix a, Matrix b, int rows, int columns, int depth, double[] high, double[] low, int at, int stride) {
        int rowsAtATime = Math.clamp(ELEMENTS_AT_A_TIME / Math.max(1, depth), 1, Math.max(1, rows));
        for (int first = 0; first < rows; first += rowsAtATime) {
            int count = Math.min(rowsAtATime, rows - first);
            block(a.from(first, 0), b, count, columns, depth, high, low, at + first * stride, stride);
        }
    }

    private static final int ELEMENTS_AT_A_TIME = 1 << 22;

    private static void block(
            Matrix a, Matrix b, int rows, int columns, int depth, double[] high, double[] low, int at, int stride) {
        double[] left = new double[rows * depth];
        for (int i = 0; i < rows; i++) {
            a.row(i, 0, depth, left, i * depth);
            Arrays.fill(high, at + i * stride, at + i * stride + columns, 0);
            Arrays.fill(low, at + i * stride, at + i * stride + columns, 0);
        }
        int chunk = 512;
        Parallel.forEach(Math.ceilDiv(columns, chunk), part -> {
            int first = part * chunk;
            int count = Math.min(chunk, columns - first);
            double[] right = new double[count];
            for (int k = 0; k < depth; k++) {
                b.row(k, first, count, right, 0);
                for (int i = 0; i < rows; i++) {
                    addProducts(left[i * depth + k], right, count, high, low, at + i * stride + first);
                }
            }
            for (int i = 0; i < rows; i++) {
                normalise(high, low, at + i * stride + first, count);
            }
        });
    }

    private static void addProducts(double x, double[] y, int count, double[] high, double[] low, int at) {
        for (int j = 0; j < count; j++) {
            double product = x * y[j];
            double productError = Math.fma(x, y[j], -product);
            double sum = high[at + j] + product;
            double part = sum - high[at + j];
            double sumError = (high[at + j] - (sum - part)) + (product - part);
            high[at + j] = sum;
            low[at + j] += productError + sumError;
        }
    }

    private static void normalise(double[] high, double[] low, int at, int count) {
        for (int j = at; j < at + count; j++) {
            if (Double.isFinite(high[j])) {
                DoubleDouble sum = DoubleDouble.sum(high[j], low[j]);
                high[j] = sum.hi();
                low[j] = sum.lo();
            } else {
                low[j] = 0;
            }
        }
    }
}
