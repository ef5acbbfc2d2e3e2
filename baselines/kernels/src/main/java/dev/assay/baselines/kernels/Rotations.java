package dev.assay.baselines.kernels;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Jacobi's methods: rotations of pairs of rows and columns, sweep by sweep.
public final class Rotations {
    private static final int MOST_SWEEPS = 40;

    private Rotations() {}

    /// Eigenvalues in ascending order as a matrix of one row, and eigenvectors as columns.
    public static double[][][] eigh(double[][] matrix, Arithmetic m) {
        return eigh(matrix, MOST_SWEEPS, m);
    }

    /// The same with no more than so many sweeps.
    public static double[][][] eigh(double[][] matrix, int sweeps, Arithmetic m) {
        int n = matrix.length;
        double[][] a = Reflections.copy(matrix);
        double[][] vectors = new double[n][n];
        for (int i = 0; i < n; i++) {
            vectors[i][i] = 1;
        }
        double unit = m.type().unitRoundoff();
        boolean moved = true;
        for (int sweep = 0; sweep < sweeps && moved; sweep++) {
            moved = false;
            double size = Arrays.stream(a)
                    .flatMapToDouble(Arrays::stream)
                    .map(Math::abs)
                    .max()
                    .orElse(0);
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    if (Math.abs(a[p][q]) > unit * size / 4) {
                        double[] turn = turn(a[p][p], a[q][q], a[p][q], m);
                        Reflections.turn(a[p], a[q], turn, m);
                        columns(a, p, q, turn, m);
                        Reflections.turn(vectors[p], vectors[q], turn, m);
                        moved = true;
                    }
                }
            }
        }
        double[] values = new double[n];
        Arrays.setAll(values, i -> a[i][i]);
        return Tridiagonal.sorted(values, vectors);
    }

    private static void columns(double[][] a, int p, int q, double[] turn, Arithmetic m) {
        for (double[] row : a) {
            double one = m.multiplyAdd(turn[0], row[p], m.multiply(turn[1], row[q]));
            row[q] = m.multiplyAdd(-turn[1], row[p], m.multiply(turn[0], row[q]));
            row[p] = one;
        }
    }

    /// Cosine and sine of the rotation of rows p and q that takes the element between two off.
    private static double[] turn(double pp, double qq, double pq, Arithmetic m) {
        double theta = m.divide(m.subtract(pp, qq), m.multiply(2, pq));
        double root = m.sqrt(m.multiplyAdd(theta, theta, 1));
        double t = m.divide(Math.copySign(1, theta), m.add(Math.abs(theta), root));
        double c = m.divide(1, m.sqrt(m.multiplyAdd(t, t, 1)));
        return new double[] {c, m.multiply(t, c)};
    }

    /// Singular vectors and values, `U`, `S` and `Vᵀ`, by Hestenes' one-sided method: rotations of
    /// pairs of columns until all are orthogonal.
    public static double[][][] svd(double[][] matrix, Arithmetic m) {
        int rows = matrix.length;
        int columns = rows == 0 ? 0 : matrix[0].length;
        if (rows < columns) {
            double[][][] flipped = svd(LinalgKernels.transposed(matrix, columns), m);
            return new double[][][] {
                LinalgKernels.transposed(flipped[2], rows), flipped[1], LinalgKernels.transposed(flipped[0], rows)
            };
        }
        // Rows of `a` are columns of the matrix.
        double[][] a = LinalgKernels.transposed(matrix, columns);
        double[][] v = new double[columns][columns];
        for (int i = 0; i < columns; i++) {
            v[i][i] = 1;
        }
        double unit = m.type().unitRoundoff();
        boolean moved = true;
        for (int sweep = 0; sweep < MOST_SWEEPS && moved; sweep++) {
            moved = false;
            for (int p = 0; p < columns; p++) {
                for (int q = p + 1; q < columns; q++) {
                    double pp = m.dot(a[p], a[p], rows);
                    double qq = m.dot(a[q], a[q], rows);
                    double pq = m.dot(a[p], a[q], rows);
                    if (Math.abs(pq) > 2 * unit * Math.sqrt(pp * qq)) {
                        double[] turn = turn(pp, qq, pq, m);
                        Reflections.turn(a[p], a[q], turn, m);
                        Reflections.turn(v[p], v[q], turn, m);
                        moved = true;
                    }
                }
            }
        }
        return sorted(a, v, rows, columns, m);
    }

    private static double[][][] sorted(double[][] a, double[][] v, int rows, int columns, Arithmetic m) {
        double[] values = new double[columns];
        Arrays.setAll(values, j -> m.sqrt(m.dot(a[j], a[j], rows)));
        int[] order = IntStream.range(0, columns)
                .boxed()
                .sorted(Comparator.comparingDouble(j -> -values[j]))
                .mapToInt(j -> j)
                .toArray();
        double[][] u = new double[rows][columns];
        double[][] right = new double[columns][];
        double[] descending = new double[columns];
        for (int j = 0; j < columns; j++) {
            int from = order[j];
            descending[j] = values[from];
            right[j] = v[from];
            for (int i = 0; i < rows; i++) {
                u[i][j] = m.divide(a[from][i], values[from]);
            }
        }
        return new double[][][] {u, {descending}, right};
    }
}
