package dev.assay.baselines.simulated;

import java.util.Arrays;

/// One level of Strassen's scheme (Numerische Mathematik 13, 1969): seven products of halves instead of eight.
///
/// Its error is small against the largest elements of the operands, not against the terms of each sum.
final class Strassen {
    /// Multiplies rows with columns.
    interface Product {
        float[][] of(float[][] rows, float[][] columns);
    }

    private Strassen() {}

    /// All sums of a row of `rows` with a row of `columns`, by row and column.
    static float[][] multiply(float[][] rows, float[][] columns, int k, Product direct) {
        float[][][] a = quarters(rows, k);
        float[][][] b = quarters(columns, k);
        // a = a11 a12 a21 a22; columns are held as rows, so that b = b11 b21 b12 b22.
        float[][] p1 = direct.of(add(a[0], a[3], 1), add(b[0], b[3], 1));
        float[][] p2 = direct.of(add(a[2], a[3], 1), b[0]);
        float[][] p3 = direct.of(a[0], add(b[2], b[3], -1));
        float[][] p4 = direct.of(a[3], add(b[1], b[0], -1));
        float[][] p5 = direct.of(add(a[0], a[1], 1), b[3]);
        float[][] p6 = direct.of(add(a[2], a[0], -1), add(b[0], b[2], 1));
        float[][] p7 = direct.of(add(a[1], a[3], -1), add(b[1], b[3], 1));
        float[][] upperLeft = add(add(add(p1, p4, 1), p5, -1), p7, 1);
        float[][] upperRight = add(p3, p5, 1);
        float[][] lowerLeft = add(p2, p4, 1);
        float[][] lowerRight = add(add(add(p1, p2, -1), p3, 1), p6, 1);
        int m = rows.length;
        int n = columns.length;
        int top = (m + 1) / 2;
        int left = (n + 1) / 2;
        float[][] result = new float[m][n];
        for (int i = 0; i < m; i++) {
            float[][] near = i < top ? upperLeft : lowerLeft;
            float[][] far = i < top ? upperRight : lowerRight;
            for (int j = 0; j < n; j++) {
                result[i][j] = j < left ? near[i % top][j] : far[i % top][j - left];
            }
        }
        return result;
    }

    /// Upper left, upper right, lower left, lower right; what does not fill a half is padded with zeros.
    private static float[][][] quarters(float[][] matrix, int k) {
        int half = (matrix.length + 1) / 2;
        int halfK = (k + 1) / 2;
        float[][][] quarters = new float[4][half][halfK];
        for (int i = 0; i < matrix.length; i++) {
            int below = i < half ? 0 : 2;
            quarters[below][i % half] = Arrays.copyOfRange(matrix[i], 0, halfK);
            float[] rest = Arrays.copyOfRange(matrix[i], halfK, k);
            quarters[below + 1][i % half] = Arrays.copyOf(rest, halfK);
        }
        return quarters;
    }

    private static float[][] add(float[][] x, float[][] y, float sign) {
        float[][] sum = new float[x.length][];
        for (int i = 0; i < x.length; i++) {
            sum[i] = x[i].clone();
            for (int j = 0; j < sum[i].length; j++) {
                sum[i][j] += sign * y[i][j];
            }
        }
        return sum;
    }
}
