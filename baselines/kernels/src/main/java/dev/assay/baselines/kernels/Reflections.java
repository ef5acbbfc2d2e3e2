package dev.assay.baselines.kernels;

/// QR factors: by reflections, by rotations, and by Gram and Schmidt's method.
public final class Reflections {
    private Reflections() {}

    private static double[] column(double[][] a, int j, int from) {
        double[] column = new double[a.length - from];
        for (int i = from; i < a.length; i++) {
            column[i - from] = a[i][j];
        }
        return column;
    }

    /// Householder's reflections, as LAPACK's geqrf and orgqr: the diagonal of R has the sign opposite
    /// to the column's.
    public static double[][][] qr(double[][] matrix, Arithmetic m) {
        int rows = matrix.length;
        int columns = rows == 0 ? 0 : matrix[0].length;
        int steps = Math.min(rows, columns);
        double[][] a = copy(matrix);
        double[][] vectors = new double[steps][];
        double[] factors = new double[steps];
        for (int k = 0; k < steps; k++) {
            double[] v = column(a, k, k);
            factors[k] = reflector(v, m);
            vectors[k] = v;
            for (int j = k; j < columns; j++) {
                reflect(a, j, k, v, factors[k], m);
            }
            for (int i = k + 1; i < rows; i++) {
                a[i][k] = 0;
            }
        }
        double[][] q = new double[rows][steps];
        for (int i = 0; i < steps; i++) {
            q[i][i] = 1;
        }
        for (int k = steps - 1; k >= 0; k--) {
            for (int j = 0; j < steps; j++) {
                reflect(q, j, k, vectors[k], factors[k], m);
            }
        }
        double[][] r = new double[steps][columns];
        for (int i = 0; i < steps; i++) {
            System.arraycopy(a[i], i, r[i], i, columns - i);
        }
        return new double[][][] {q, r};
    }

    static double[][] copy(double[][] matrix) {
        double[][] a = new double[matrix.length][];
        for (int i = 0; i < a.length; i++) {
            a[i] = matrix[i].clone();
        }
        return a;
    }

    /// Makes of a vector the one that reflects it onto the first axis.
    ///
    /// @return the factor β of `I - β v vᵀ`, 0 where there is nothing to do
    static double reflector(double[] v, Arithmetic m) {
        double norm = m.sqrt(m.dot(v, v, v.length));
        if (norm == 0 || v.length == 1) {
            return 0;
        }
        double first = v[0];
        v[0] = m.add(first, Math.copySign(norm, first));
        // β = 2 / vᵀv = 1 / (norm (norm + |first|))
        return m.divide(1, m.multiply(norm, Math.abs(v[0])));
    }

    private static void reflect(double[][] a, int j, int from, double[] v, double factor, Arithmetic m) {
        if (factor == 0) {
            return;
        }
        double share = m.multiply(factor, m.dot(v, column(a, j, from), v.length));
        for (int i = 0; i < v.length; i++) {
            a[from + i][j] = m.multiplyAdd(-share, v[i], a[from + i][j]);
        }
    }

    /// Givens' rotations, row by row: the diagonal of R is positive but for the last.
    public static double[][][] qrByRotations(double[][] matrix, Arithmetic m) {
        int rows = matrix.length;
        int columns = rows == 0 ? 0 : matrix[0].length;
        int steps = Math.min(rows, columns);
        double[][] a = copy(matrix);
        double[][] q = new double[rows][rows];
        for (int i = 0; i < rows; i++) {
            q[i][i] = 1;
        }
        for (int k = 0; k < steps; k++) {
            for (int i = k + 1; i < rows; i++) {
                if (a[i][k] != 0) {
                    double[] turn = rotation(a[k][k], a[i][k], m);
                    turn(a[k], a[i], turn, m);
                    a[i][k] = 0;
                    turn(q[k], q[i], turn, m);
                }
            }
        }
        double[][] r = new double[steps][columns];
        double[][] thin = new double[rows][steps];
        for (int i = 0; i < steps; i++) {
            System.arraycopy(a[i], i, r[i], i, columns - i);
            for (int k = 0; k < rows; k++) {
                thin[k][i] = q[i][k];
            }
        }
        return new double[][][] {thin, r};
    }

    /// Cosine and sine that turn `(a, b)` onto the first axis.
    static double[] rotation(double a, double b, Arithmetic m) {
        double size = Math.max(Math.abs(a), Math.abs(b));
        if (size == 0) {
            return new double[] {1, 0};
        }
        double x = m.divide(a, size);
        double y = m.divide(b, size);
        double norm = m.sqrt(m.multiplyAdd(x, x, m.multiply(y, y)));
        return new double[] {m.divide(x, norm), m.divide(y, norm)};
    }

    static void turn(double[] x, double[] y, double[] turn, Arithmetic m) {
        for (int j = 0; j < x.length; j++) {
            double one = m.multiplyAdd(turn[0], x[j], m.multiply(turn[1], y[j]));
            y[j] = m.multiplyAdd(-turn[1], x[j], m.multiply(turn[0], y[j]));
            x[j] = one;
        }
    }

    /// Gram and Schmidt's modified method, each column so many times; twice is enough (Giraud, Langou
    /// and Rozloznik, The loss of orthogonality in the Gram-Schmidt orthogonalization process, 2005).
    public static double[][][] qrByProjections(double[][] matrix, int times, Arithmetic m) {
        int rows = matrix.length;
        int columns = rows == 0 ? 0 : matrix[0].length;
        int steps = Math.min(rows, columns);
        double[][] vectors = new double[steps][];
        double[][] r = new double[steps][columns];
        for (int j = 0; j < columns; j++) {
            double[] v = column(matrix, j, 0);
            for (int time = 0; time < times; time++) {
                for (int k = 0; k < Math.min(j, steps); k++) {
                    double share = m.dot(vectors[k], v, rows);
                    r[k][j] = m.add(r[k][j], share);
                    for (int i = 0; i < rows; i++) {
                        v[i] = m.multiplyAdd(-share, vectors[k][i], v[i]);
                    }
                }
            }
            if (j < steps) {
                r[j][j] = m.sqrt(m.dot(v, v, rows));
                for (int i = 0; i < rows; i++) {
                    v[i] = m.divide(v[i], r[j][j]);
                }
                vectors[j] = v;
            }
        }
        double[][] q = new double[rows][steps];
        for (int j = 0; j < steps; j++) {
            for (int i = 0; i < rows; i++) {
                q[i][j] = vectors[j][i];
            }
        }
        return new double[][][] {q, r};
    }
}
