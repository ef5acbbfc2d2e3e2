package dev.assay.baselines.kernels;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Eigenvalues and eigenvectors of symmetric matrices: reflections to tridiagonal form, then rotations.
public final class Tridiagonal {
    private static final int MOST_SWEEPS = 60;

    private Tridiagonal() {}

    /// Eigenvalues in ascending order as a matrix of one row, and eigenvectors as columns.
    public static double[][][] eigh(double[][] matrix, Arithmetic m) {
        int n = matrix.length;
        double[][] a = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                a[i][j] = matrix[i][j];
                a[j][i] = matrix[i][j];
            }
        }
        // Row k of `vectors` is an eigenvector once the matrix is diagonal.
        double[][] vectors = new double[n][n];
        for (int i = 0; i < n; i++) {
            vectors[i][i] = 1;
        }
        for (int k = 0; k < n - 2; k++) {
            reduce(a, vectors, k, m);
        }
        double[] diagonal = new double[n];
        double[] beside = new double[n];
        for (int i = 0; i < n; i++) {
            diagonal[i] = a[i][i];
            beside[i] = i + 1 < n ? a[i + 1][i] : 0;
        }
        diagonalise(diagonal, beside, vectors, m);
        return sorted(diagonal, vectors);
    }

    /// Reflects rows and columns behind `k` so that column `k` has zeros below the first of them.
    private static void reduce(double[][] a, double[][] vectors, int k, Arithmetic m) {
        int n = a.length;
        double[] v = new double[n - k - 1];
        for (int i = 0; i < v.length; i++) {
            v[i] = a[k + 1 + i][k];
        }
        double factor = Reflections.reflector(v, m);
        if (factor == 0) {
            return;
        }
        for (int side = 0; side < 2; side++) {
            for (int j = 0; j < n; j++) {
                double[] line = new double[v.length];
                for (int i = 0; i < v.length; i++) {
                    line[i] = side == 0 ? a[k + 1 + i][j] : a[j][k + 1 + i];
                }
                double share = m.multiply(factor, m.dot(v, line, v.length));
                for (int i = 0; i < v.length; i++) {
                    double moved = m.multiplyAdd(-share, v[i], line[i]);
                    if (side == 0) {
                        a[k + 1 + i][j] = moved;
                    } else {
                        a[j][k + 1 + i] = moved;
                    }
                }
            }
        }
        for (int j = 0; j < n; j++) {
            double[] line = new double[v.length];
            for (int i = 0; i < v.length; i++) {
                line[i] = vectors[k + 1 + i][j];
            }
            double share = m.multiply(factor, m.dot(v, line, v.length));
            for (int i = 0; i < v.length; i++) {
                vectors[k + 1 + i][j] = m.multiplyAdd(-share, v[i], line[i]);
            }
        }
    }

    /// Implicit QR steps with Wilkinson's shift (Golub and Van Loan, Matrix Computations, 2013,
    /// algorithm 8.3.2).
    private static void diagonalise(double[] d, double[] e, double[][] vectors, Arithmetic m) {
        double unit = m.type().unitRoundoff();
        int end = d.length - 1;
        int sweeps = 0;
        while (end > 0 && sweeps < MOST_SWEEPS * d.length) {
            int start = end;
            while (start > 0 && Math.abs(e[start - 1]) > unit * (Math.abs(d[start - 1]) + Math.abs(d[start]))) {
                start--;
            }
            if (start > 0) {
                e[start - 1] = 0;
            }
            if (start == end) {
                end--;
                continue;
            }
            step(d, e, start, end, vectors, m);
            sweeps++;
        }
    }

    private static void step(double[] d, double[] e, int start, int end, double[][] vectors, Arithmetic m) {
        double half = m.divide(m.subtract(d[end - 1], d[end]), 2);
        double b = e[end - 1];
        double root = m.sqrt(m.multiplyAdd(half, half, m.multiply(b, b)));
        double sum = m.add(half, Math.copySign(root, half));
        double shift = sum == 0 ? d[end] : m.subtract(d[end], m.divide(m.multiply(b, b), sum));
        double x = m.subtract(d[start], shift);
        double z = e[start];
        for (int k = start; k < end; k++) {
            double[] turn = Reflections.rotation(x, z, m);
            double c = turn[0];
            double s = turn[1];
            if (k > start) {
                e[k - 1] = m.multiplyAdd(c, x, m.multiply(s, z));
            }
            double dk = d[k];
            double dn = d[k + 1];
            double ek = e[k];
            // [c s; -s c] [dk ek; ek dn] [c -s; s c]
            double p = m.multiplyAdd(c, dk, m.multiply(s, ek));
            double q = m.multiplyAdd(c, ek, m.multiply(s, dn));
            double r = m.multiplyAdd(-s, dk, m.multiply(c, ek));
            double t = m.multiplyAdd(-s, ek, m.multiply(c, dn));
            d[k] = m.multiplyAdd(p, c, m.multiply(q, s));
            e[k] = m.multiplyAdd(-p, s, m.multiply(q, c));
            d[k + 1] = m.multiplyAdd(-r, s, m.multiply(t, c));
            if (k + 1 < end) {
                x = e[k];
                z = m.multiply(s, e[k + 1]);
                e[k + 1] = m.multiply(c, e[k + 1]);
            }
            Reflections.turn(vectors[k], vectors[k + 1], turn, m);
        }
    }

    /// Eigenvalues in ascending order, and the rows that belong to them as columns.
    static double[][][] sorted(double[] values, double[][] rows) {
        int n = values.length;
        int[] order = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(i -> i)
                .toArray();
        double[][] vectors = new double[n][n];
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < n; i++) {
                vectors[i][j] = rows[order[j]][i];
            }
        }
        return new double[][][] {
            {Arrays.stream(order).mapToDouble(i -> values[i]).toArray()}, vectors
        };
    }
}
