package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;

/// Operators over pairs of residues or points.
final class PairKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "outer_product_mean", PairKernels::outerProducts,
            "pairwise_distance", PairKernels::distances,
            "triangle_attention", PairKernels::attention,
            "triangle_multiplication", PairKernels::multiplication);

    private PairKernels() {}

    private static SharedKernel multiplication(Call call, Arithmetic arithmetic) {
        Shape shape = call.input("a").shape();
        int n = Math.toIntExact(shape.dim(0));
        int channels = Math.toIntExact(shape.dim(2));
        boolean incoming = call.attributes().text("direction").equals("incoming");
        return arguments -> {
            Tensor to = arguments.output("X").tensor();
            double[] mask = values(arguments, "mask");
            double[] a = gated(arguments, "a", "gate_a", mask, channels, arithmetic);
            double[] b = gated(arguments, "b", "gate_b", mask, channels, arithmetic);
            double[] results = new double[a.length];
            Parallel.forEach(channels, c -> {
                double[] sums = new double[n * n];
                arithmetic.dots(
                        channel(a, n, channels, c, incoming), channel(b, n, channels, c, incoming), n, sums, 0, n);
                for (int pair = 0; pair < sums.length; pair++) {
                    results[pair * channels + c] = sums[pair];
                }
            });
            Dots.store(results, to, 0);
        };
    }

    /// The edges of a channel that leave, or enter, each node.
    private static double[][] channel(double[] edges, int n, int channels, int c, boolean incoming) {
        double[][] lines = new double[n][n];
        for (int from = 0; from < n; from++) {
            for (int to = 0; to < n; to++) {
                lines[incoming ? to : from][incoming ? from : to] = edges[(from * n + to) * channels + c];
            }
        }
        return lines;
    }

    private static double[] gated(
            Arguments arguments, String input, String gate, double[] mask, int channels, Arithmetic arithmetic) {
        double[] x = Dots.values(arguments.input(input).tensor());
        double[] g = values(arguments, gate);
        for (int i = 0; i < x.length; i++) {
            if (g.length > 0) {
                x[i] = arithmetic.multiply(x[i], sigmoid(g[i], arithmetic));
            }
            if (mask.length > 0) {
                x[i] = arithmetic.multiply(x[i], mask[i / channels]);
            }
        }
        return x;
    }

    static double sigmoid(double x, Arithmetic arithmetic) {
        return arithmetic.divide(1, arithmetic.add(1, arithmetic.exp(-x)));
    }

    /// All elements of an optional input; none without it.
    static double[] values(Arguments arguments, String input) {
        return arguments.inputs().containsKey(input)
                ? Dots.values(arguments.input(input).tensor())
                : new double[0];
    }

    private static SharedKernel outerProducts(Call call, Arithmetic arithmetic) {
        Shape a = call.input("a").shape();
        int depth = Math.toIntExact(a.dim(0));
        int n = Math.toIntExact(a.dim(1));
        int c = Math.toIntExact(a.dim(2));
        int d = Math.toIntExact(call.input("b").shape().dim(2));
        double epsilon = call.attributes().real("epsilon");
        return arguments -> {
            Tensor to = arguments.output("out").tensor();
            double[] mask = values(arguments, "mask");
            double[][][] left = columns(arguments, "a", mask, depth, n, c, arithmetic);
            double[][][] right = columns(arguments, "b", mask, depth, n, d, arithmetic);
            Parallel.forEach(n * n, pair -> {
                double[] results = new double[c * d];
                arithmetic.dots(left[pair / n], right[pair % n], depth, results, 0, d);
                double count = depth;
                if (mask.length > 0) {
                    double[] both = new double[depth];
                    for (int s = 0; s < depth; s++) {
                        both[s] = arithmetic.multiply(mask[s * n + pair / n], mask[s * n + pair % n]);
                    }
                    count = arithmetic.sum(both, depth);
                }
                double divisor = arithmetic.add(arithmetic.round(epsilon), count);
                for (int i = 0; i < results.length; i++) {
                    results[i] = arithmetic.divide(results[i], divisor);
                }
                Dots.store(results, to, (long) pair * c * d);
            });
        };
    }

    /// For every residue its channels, over the sequences.
    private static double[][][] columns(
            Arguments arguments, String input, double[] mask, int depth, int n, int width, Arithmetic arithmetic) {
        double[] x = Dots.values(arguments.input(input).tensor());
        double[][][] columns = new double[n][width][depth];
        for (int i = 0; i < x.length; i++) {
            double value = mask.length > 0 ? arithmetic.multiply(x[i], mask[i / width]) : x[i];
            columns[i / width % n][i % width][i / width / n] = value;
        }
        return columns;
    }

    private static SharedKernel distances(Call call, Arithmetic arithmetic) {
        Shape x1 = call.input("x1").shape();
        int k = Math.toIntExact(x1.dim(-1));
        int m = Math.toIntExact(x1.dim(-2));
        int n = Math.toIntExact(call.input("x2").shape().dim(-2));
        long rows = k == 0 ? x1.slice(0, x1.rank() - 1).elements() : x1.elements() / k;
        return arguments -> {
            Tensor from = arguments.input("x1").tensor();
            Tensor others = arguments.input("x2").tensor();
            Tensor to = arguments.output("D").tensor();
            Parallel.forEach(Math.toIntExact(rows), row -> {
                double[] x = new double[k];
                double[] y = new double[k];
                double[] line = new double[n];
                from.decode((long) row * k, k, x, 0);
                for (int j = 0; j < n; j++) {
                    others.decode(((long) row / m * n + j) * k, k, y, 0);
                    for (int i = 0; i < k; i++) {
                        y[i] = arithmetic.subtract(x[i], y[i]);
                    }
                    line[j] = arithmetic.sqrt(arithmetic.dot(y, y, k));
                }
                Dots.store(line, to, (long) row * n);
            });
        };
    }

    private static SharedKernel attention(Call call, Arithmetic arithmetic) {
        Shape v = call.input("v").shape();
        int n = Math.toIntExact(v.dim(0));
        int heads = Math.toIntExact(v.dim(2));
        int width = Math.toIntExact(v.dim(3));
        int size = Math.toIntExact(call.input("q").shape().dim(3));
        boolean ending = call.attributes().text("node").equals("ending");
        double scale = call.attributes().findReal("scale").orElseGet(() -> arithmetic.divide(1, arithmetic.sqrt(size)));
        return arguments -> {
            Tensor q = arguments.input("q").tensor();
            Tensor k = arguments.input("k").tensor();
            Tensor values = arguments.input("v").tensor();
            Tensor to = arguments.output("out").tensor();
            double[] bias = values(arguments, "bias");
            double[] mask = values(arguments, "mask");
            Parallel.forEach(n * n * heads, task -> {
                int head = task % heads;
                int edge = task / heads;
                int i = edge / n;
                int j = edge % n;
                double[] query = new double[size];
                q.decode((long) task * size, size, query, 0);
                AttentionKernels.Softmax softmax = new AttentionKernels.Softmax(query, width, scale, 0, arithmetic);
                for (int other = 0; other < n; other++) {
                    int seen = ending ? other * n + j : i * n + other;
                    int third = ending ? other * n + i : j * n + other;
                    if (mask.length == 0 || mask[seen] != 0) {
                        k.decode(((long) seen * heads + head) * size, size, softmax.key, 0);
                        values.decode(((long) seen * heads + head) * width, width, softmax.value, 0);
                        softmax.take(bias.length == 0 ? 0 : bias[third * heads + head]);
                    }
                }
                to.encode((long) task * width, width, softmax.result(), 0);
            });
        };
    }
}
