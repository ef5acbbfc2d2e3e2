package dev.assay.operator.linalg;

import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Matrices of a kind, made of what a recipe gives for any.
final class MatrixFills {
    private MatrixFills() {}

    /// A matrix of a batch, row by row.
    @FunctionalInterface
    private interface Maker {
        double[] make(double[] plain, int order);
    }

    /// A recipe that makes whole matrices, each when it is first asked for.
    private static Fill whole(Fill dataSet, String kind, Maker maker) {
        return new Fill() {
            @Override
            public String name() {
                return kind + " of " + dataSet.name();
            }

            @Override
            public Values bind(Site site) {
                Values plain = dataSet.bind(site);
                Shape shape = site.spec().shape();
                int order = Math.toIntExact(shape.dim(-1));
                int size = order * order;
                Map<Long, double[]> made = new ConcurrentHashMap<>();
                return index -> made.computeIfAbsent(index / size, matrix -> {
                    double[] values = new double[size];
                    for (int i = 0; i < size; i++) {
                        values[i] = plain.at(matrix * size + i);
                    }
                    return maker.make(values, order);
                })[(int) (index % size)];
            }
        };
    }

    /// Symmetric positive definite: `(G·Gᵀ) / n + 1/8 mean(G²)`, of a condition number of about 40; with
    /// `repeating`
    /// half
    /// of the rows and columns are scaled down by 2^-10, for a matrix of badly scaled rows.
    static Fill positiveDefinite(Fill dataSet) {
        boolean graded = Fills.nameOf(dataSet).equals("repeating");
        return whole(graded ? Fills.of("normal") : dataSet, "positive definite", (g, n) -> {
            double[] a = new double[n * n];
            double squares = 0;
            for (double value : g) {
                squares += value * value;
            }
            double shift = g.length == 0 || squares == 0 ? 1 : squares / g.length / 8;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                    double sum = 0;
                    for (int k = 0; k < n; k++) {
                        sum += g[i * n + k] * g[j * n + k];
                    }
                    double scale = graded ? Math.scalb(1.0, -10 * (i % 2) - 10 * (j % 2)) : 1;
                    // The same bits above and below the diagonal.
                    a[i * n + j] = scale * (sum / n + (i == j ? shift : 0));
                    a[j * n + i] = a[i * n + j];
                }
            }
            return a;
        });
    }

    /// Symmetric; with `repeating` a reflection, whose eigenvalues are -1 once and 1 in all other places.
    static Fill symmetric(Fill dataSet) {
        boolean cluster = Fills.nameOf(dataSet).equals("repeating");
        return whole(cluster ? Fills.of("normal") : dataSet, "symmetric", (g, n) -> {
            double[] a = new double[n * n];
            double norm = 0;
            for (int k = 0; k < n; k++) {
                norm += g[k] * g[k];
            }
            for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                    double reflected = (i == j ? 1 : 0) - (norm == 0 ? 0 : 2 * g[i] * g[j] / norm);
                    a[i * n + j] = cluster ? reflected : (g[i * n + j] + g[j * n + i]) / 2;
                    a[j * n + i] = a[i * n + j];
                }
            }
            return a;
        });
    }

    /// Triangular and far from singular: elements beside the diagonal small enough for a condition number
    /// that does not
    /// grow with the order, those on it between 1 and 2. What may not be read is another
    /// matrix of the kind, so that reading it gives other numbers and no infinities.
    ///
    /// @param unit whether the diagonal counts as 1 and is not read either
    static Fill triangular(Fill dataSet, boolean upper, boolean unit) {
        return whole(dataSet, "triangular", (g, n) -> {
            double[] a = new double[n * n];
            double squares = 0;
            for (double value : g) {
                squares += value * value;
            }
            double size = squares == 0 ? 1 : Math.sqrt(squares / g.length);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double value = g[i * n + j] / size;
                    boolean read = upper ? j > i : j < i;
                    double diagonal = Math.copySign(unit ? 50 + value : 1 + value * value / (1 + value * value), value);
                    a[i * n + j] = i == j ? diagonal : read ? value / Math.sqrt(n) : 2 * value / Math.sqrt(n) + 1.0 / n;
                }
            }
            return a;
        });
    }
}
