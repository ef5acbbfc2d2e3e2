package dev.assay.operator.linalg;

import dev.assay.numerics.DoubleDouble;
import java.util.Arrays;

/// Eigenvalues of symmetric matrices by Jacobi's method, in double-double arithmetic.
///
/// Rotations annihilate each element beside the diagonal in turn, sweep by sweep, until none is left
/// that counts (Golub and Van Loan, Matrix Computations, 2013, section 8.5). No kernel works this way
/// in this arithmetic, and its own error is far below any that is judged.
final class JacobiEigenvalues {
    private static final int MOST_SWEEPS = 40;
    /// Relative size of what is left beside the diagonal, well below a rounding in f64 of any order.
    private static final double NEGLIGIBLE = 0x1p-80;

    private JacobiEigenvalues() {}

    /// Eigenvalues in ascending order; NaN if the matrix is not finite.
    ///
    /// @param matrix row by row, symmetric
    static DoubleDouble[] ascending(DoubleDouble[][] matrix) {
        int n = matrix.length;
        DoubleDouble[][] a = Arrays.stream(matrix).map(DoubleDouble[]::clone).toArray(DoubleDouble[][]::new);
        double size = size(a, true);
        for (int sweep = 0; sweep < MOST_SWEEPS && size(a, false) > NEGLIGIBLE * size; sweep++) {
            for (int p = 0; p < n - 1; p++) {
                for (int q = p + 1; q < n; q++) {
                    if (Math.abs(a[p][q].hi()) > NEGLIGIBLE * size / n) {
                        rotate(a, p, q);
                    }
                }
            }
        }
        DoubleDouble[] values = new DoubleDouble[n];
        Arrays.setAll(values, i -> Double.isFinite(size) ? a[i][i] : DoubleDouble.of(Double.NaN));
        Arrays.sort(values, (x, y) -> {
            int order = Double.compare(x.hi(), y.hi());
            return order != 0 ? order : Double.compare(x.lo(), y.lo());
        });
        return values;
    }

    private static double size(DoubleDouble[][] a, boolean diagonal) {
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a.length; j++) {
                norm = i == j && !diagonal ? norm : Math.hypot(norm, a[i][j].hi());
            }
        }
        return norm;
    }

    private static void rotate(DoubleDouble[][] a, int p, int q) {
        DoubleDouble apq = a[p][q];
        // t = sign(θ) / (|θ| + sqrt(θ² + 1)), θ = (a_qq - a_pp) / 2 a_pq
        DoubleDouble theta = a[q][q].minus(a[p][p]).dividedBy(apq.scaled(1));
        if (!(Math.abs(theta.hi()) < 0x1p500)) {
            return;
        }
        DoubleDouble root = theta.times(theta).plus(1).sqrt();
        DoubleDouble sum = theta.hi() < 0 ? theta.minus(root) : theta.plus(root);
        DoubleDouble t = DoubleDouble.ONE.dividedBy(sum);
        DoubleDouble c = DoubleDouble.ONE.dividedBy(t.times(t).plus(1).sqrt());
        DoubleDouble s = t.times(c);
        for (int k = 0; k < a.length; k++) {
            if (k != p && k != q) {
                DoubleDouble akp = a[k][p];
                DoubleDouble akq = a[k][q];
                a[k][p] = c.times(akp).minus(s.times(akq));
                a[k][q] = s.times(akp).plus(c.times(akq));
                a[p][k] = a[k][p];
                a[q][k] = a[k][q];
            }
        }
        DoubleDouble moved = t.times(apq);
        a[p][p] = a[p][p].minus(moved);
        a[q][q] = a[q][q].plus(moved);
        a[p][q] = DoubleDouble.ZERO;
        a[q][p] = DoubleDouble.ZERO;
    }
}
