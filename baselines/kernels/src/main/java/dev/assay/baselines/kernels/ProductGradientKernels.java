package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Matrix;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.Map;

/// Gradients of products, each put together from copied operands.
final class ProductGradientKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "conv_grad", ConvGradientKernel::plan,
            "linear_grad", ProductGradientKernels::linear,
            "matmul_grad", ProductGradientKernels::matmul);

    private ProductGradientKernels() {}

    private static SharedKernel linear(Call call, Arithmetic arithmetic) {
        Shape w = call.input("W").shape();
        int n = Math.toIntExact(w.dim(0));
        int k = Math.toIntExact(w.dim(1));
        Shape x = call.input("X").shape();
        int tokens = Math.toIntExact(x.slice(0, x.rank() - 1).elements());
        return arguments -> {
            double[] dy = Dots.values(arguments.input("dY").tensor());
            Matrix lines = Matrix.of(dy, 0, n);
            Matrix weights = Matrix.of(Dots.values(arguments.input("W").tensor()), 0, k);
            double[] dx = Dots.multiply(arithmetic, lines, weights, tokens, k, n);
            Dots.store(dx, arguments.output("dX").tensor(), 0);
            Matrix data = Matrix.of(Dots.values(arguments.input("X").tensor()), 0, k);
            double[] dw = Dots.multiply(arithmetic, lines.transposed(), data, n, k, tokens);
            store(arithmetic, dw, arguments, "dW");
            if (call.hasOutput("dB")) {
                store(arithmetic, columnSums(arithmetic, dy, tokens, n), arguments, "dB");
            }
        };
    }

    /// Sums of the columns of a matrix that is given row by row.
    static double[] columnSums(Arithmetic arithmetic, double[] values, int rows, int columns) {
        double[] sums = new double[columns];
        double[] column = new double[rows];
        for (int j = 0; j < columns; j++) {
            for (int i = 0; i < rows; i++) {
                column[i] = values[i * columns + j];
            }
            sums[j] = arithmetic.sum(column, rows);
        }
        return sums;
    }

    /// Stores a gradient, added to that of former steps if there is one.
    private static void store(Arithmetic arithmetic, double[] gradient, Arguments arguments, String output) {
        if (arguments.inputs().containsKey(output + "_sum")) {
            double[] before = Dots.values(arguments.input(output + "_sum").tensor());
            Arrays.setAll(gradient, i -> arithmetic.add(before[i], gradient[i]));
        }
        Dots.store(gradient, arguments.output(output).tensor(), 0);
    }

    /// A tensor as matrices that repeat along a batch.
    private static final class Batch {
        final double[] values;
        private final int[] starts;

        /// @param rows of each matrix
        /// @param spec whose last dimensions are those of the matrix, as far as it has them
        /// @param inner how many those are
        Batch(Tensor tensor, TensorSpec spec, int inner, long rows, long columns, Shape all) {
            this.values = Dots.values(tensor);
            this.starts = new int[Math.toIntExact(all.elements())];
            Shape own = spec.shape().slice(0, spec.shape().rank() - inner);
            for (int number = 0; number < starts.length; number++) {
                long[] at = all.coordinates(number);
                long start = 0;
                for (int d = 0; d < own.rank(); d++) {
                    long coordinate = own.dim(d) == 1 ? 0 : at[at.length - own.rank() + d];
                    start = start * own.dim(d) + coordinate;
                }
                starts[number] = Math.toIntExact(start * rows * columns);
            }
        }

        int start(int number) {
            return starts[number];
        }
    }

    /// Each matrix of the gradients is one long product over all matrices of the batch that use the operand.
    private static SharedKernel matmul(Call call, Arithmetic arithmetic) {
        Shape a = call.input("A").shape();
        Shape b = call.input("B").shape();
        Shape y = call.input("dY").shape();
        int inA = Math.min(a.rank(), 2);
        int inB = Math.min(b.rank(), 2);
        int m = Math.toIntExact(inA == 1 ? 1 : a.dim(-2));
        int k = Math.toIntExact(a.dim(-1));
        int n = Math.toIntExact(inB == 1 ? 1 : b.dim(-1));
        Shape all = y.slice(0, y.rank() - (inA - 1) - (inB - 1));
        int count = Math.toIntExact(all.elements());
        return arguments -> {
            double[] dy = Dots.values(arguments.input("dY").tensor());
            Batch left = new Batch(arguments.input("A").tensor(), call.input("A"), inA, m, k, all);
            Batch right = new Batch(arguments.input("B").tensor(), call.input("B"), inB, k, n, all);
            double[] da = new double[left.values.length];
            double[] db = new double[right.values.length];
            for (int start = 0; start < da.length; start += m * k) {
                int[] users = users(left, count, start);
                double[] rows = new double[m * users.length * n];
                double[] columns = new double[k * users.length * n];
                for (int u = 0; u < users.length; u++) {
                    for (int j = 0; j < n; j++) {
                        int term = u * n + j;
                        for (int i = 0; i < m; i++) {
                            rows[i * users.length * n + term] = dy[(users[u] * m + i) * n + j];
                        }
                        for (int d = 0; d < k; d++) {
                            columns[d * users.length * n + term] = right.values[right.start(users[u]) + d * n + j];
                        }
                    }
                }
                product(arithmetic, rows, columns, m, k, users.length * n, da, start);
            }
            for (int start = 0; start < db.length; start += k * n) {
                int[] users = users(right, count, start);
                double[] rows = new double[k * users.length * m];
                double[] columns = new double[n * users.length * m];
                for (int u = 0; u < users.length; u++) {
                    for (int i = 0; i < m; i++) {
                        int term = u * m + i;
                        for (int d = 0; d < k; d++) {
                            rows[d * users.length * m + term] = left.values[left.start(users[u]) + i * k + d];
                        }
                        for (int j = 0; j < n; j++) {
                            columns[j * users.length * m + term] = dy[(users[u] * m + i) * n + j];
                        }
                    }
                }
                product(arithmetic, rows, columns, k, n, users.length * m, db, start);
            }
            Dots.store(da, arguments.output("dA").tensor(), 0);
            Dots.store(db, arguments.output("dB").tensor(), 0);
        };
    }

    private static int[] users(Batch operand, int count, int start) {
        return java.util.stream.IntStream.range(0, count)
                .filter(number -> operand.start(number) == start)
                .toArray();
    }

    /// Products of rows by rows, each as long as the sum.
    private static void product(
            Arithmetic arithmetic, double[] rows, double[] columns, int m, int n, int depth, double[] into, int at) {
        double[] results = Dots.multiply(
                arithmetic,
                Matrix.of(rows, 0, depth),
                Matrix.of(columns, 0, depth).transposed(),
                m,
                n,
                depth);
        System.arraycopy(results, 0, into, at, results.length);
    }
}
