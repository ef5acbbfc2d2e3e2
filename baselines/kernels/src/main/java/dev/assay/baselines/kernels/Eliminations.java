package dev.assay.baselines.kernels;

/// Elimination: factors of which each element is a sum of products, divided by a pivot.
public final class Eliminations {
    private Eliminations() {}

    /// The lower Cholesky factor, column by column; it reads the lower triangle alone.
    public static double[][] cholesky(double[][] a, Arithmetic m) {
        int n = a.length;
        double[][] l = new double[n][n];
        for (int j = 0; j < n; j++) {
            l[j][j] = m.sqrt(m.subtract(a[j][j], m.dot(l[j], l[j], j)));
            for (int i = j + 1; i < n; i++) {
                l[i][j] = m.divide(m.subtract(a[i][j], m.dot(l[i], l[j], j)), l[j][j]);
            }
        }
        return l;
    }

    /// The same by updating what is left of the matrix after each column, and multiplying by reciprocals.
    public static double[][] choleskyByUpdates(double[][] a, Arithmetic m) {
        int n = a.length;
        double[][] l = new double[n][n];
        for (int i = 0; i < n; i++) {
            System.arraycopy(a[i], 0, l[i], 0, i + 1);
        }
        for (int k = 0; k < n; k++) {
            l[k][k] = m.sqrt(l[k][k]);
            double reciprocal = m.divide(1, l[k][k]);
            for (int i = k + 1; i < n; i++) {
                l[i][k] = m.multiply(l[i][k], reciprocal);
            }
            for (int i = k + 1; i < n; i++) {
                for (int j = k + 1; j <= i; j++) {
                    l[i][j] = m.multiplyAdd(-l[i][k], l[j][k], l[i][j]);
                }
            }
        }
        return l;
    }

    /// LU factors and pivots counted from 1, by updating what is left after each column.
    ///
    /// @param pivoting whether the largest element of a column becomes the pivot; else the one that
    ///     stands there
    public static double[][][] lu(double[][] matrix, boolean pivoting, Arithmetic m) {
        int rows = matrix.length;
        int columns = rows == 0 ? 0 : matrix[0].length;
        double[][] a = new double[rows][];
        for (int i = 0; i < rows; i++) {
            a[i] = matrix[i].clone();
        }
        double[] pivots = new double[Math.min(rows, columns)];
        for (int k = 0; k < pivots.length; k++) {
            int best = k;
            for (int i = k + 1; i < rows && pivoting; i++) {
                best = Math.abs(a[i][k]) > Math.abs(a[best][k]) ? i : best;
            }
            pivots[k] = best + 1.0;
            double[] row = a[k];
            a[k] = a[best];
            a[best] = row;
            for (int i = k + 1; i < rows && a[k][k] != 0; i++) {
                a[i][k] = m.divide(a[i][k], a[k][k]);
                for (int j = k + 1; j < columns; j++) {
                    a[i][j] = m.multiplyAdd(-a[i][k], a[k][j], a[i][j]);
                }
            }
        }
        return new double[][][] {a, {pivots}};
    }

    /// LU factors, each element as one sum of products (Crout and Doolittle's order).
    public static double[][][] luByDots(double[][] matrix, Arithmetic m) {
        double[][] order = lu(matrix, true, m)[1];
        int rows = matrix.length;
        int columns = rows == 0 ? 0 : matrix[0].length;
        double[][] a = new double[rows][];
        for (int i = 0; i < rows; i++) {
            a[i] = matrix[i].clone();
        }
        for (int k = 0; k < order[0].length; k++) {
            int other = (int) order[0][k] - 1;
            double[] row = a[k];
            a[k] = a[other];
            a[other] = row;
        }
        double[] column = new double[rows];
        for (int j = 0; j < columns; j++) {
            for (int i = 0; i < rows; i++) {
                int terms = Math.min(i, j);
                double value = m.subtract(a[i][j], m.dot(a[i], column, terms));
                column[i] = value;
                a[i][j] = i > j && a[j][j] != 0 ? m.divide(value, a[j][j]) : value;
            }
        }
        return new double[][][] {a, order};
    }

    /// Substitution: `A·X = B`.
    static double[][] solve(double[][] a, double[][] b, boolean upper, boolean unit, int columns, Arithmetic m) {
        int n = a.length;
        double[][] x = new double[n][columns];
        double[] factors = new double[n];
        double[] known = new double[n];
        for (int step = 0; step < n; step++) {
            int row = upper ? n - 1 - step : step;
            for (int j = 0; j < columns; j++) {
                for (int k = 0; k < step; k++) {
                    int from = upper ? n - 1 - k : k;
                    factors[k] = a[row][from];
                    known[k] = x[from][j];
                }
                double rest = m.subtract(b[row][j], m.dot(factors, known, step));
                x[row][j] = unit ? rest : m.divide(rest, a[row][row]);
            }
        }
        return x;
    }
}
