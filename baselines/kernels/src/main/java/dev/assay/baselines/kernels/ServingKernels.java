package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Matrix;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Products as they serve language models: quantised operands, and groups of rows with weights of their
/// own.
final class ServingKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "fp8_block_matmul", ServingKernels::fp8Block,
            "grouped_matmul", ServingKernels::grouped,
            "quant_matmul", ServingKernels::quantised,
            "weight_only_matmul", ServingKernels::weightOnly);

    private ServingKernels() {}

    private static SharedKernel quantised(Call call, Arithmetic arithmetic) {
        Shape y = call.output("Y").shape();
        int n = Math.toIntExact(y.dim(-1));
        int m = Math.toIntExact(y.slice(0, y.rank() - 1).elements());
        int k = Math.toIntExact(call.input("W").shape().dim(1));
        return arguments -> {
            double[] ofTokens = Dots.values(arguments.input("x_scale").tensor());
            double[] ofChannels = Dots.values(arguments.input("w_scale").tensor());
            double[] bias =
                    call.hasInput("B") ? Dots.values(arguments.input("B").tensor()) : new double[0];
            // Whole numbers: f64 holds every sum.
            double[] results = Dots.multiply(
                    Arithmetic.F64,
                    Dots.lines(arguments.input("X").tensor()),
                    Dots.lines(arguments.input("W").tensor()).transposed(),
                    m,
                    n,
                    k);
            for (int i = 0; i < results.length; i++) {
                double factor = arithmetic.multiply(
                        ofTokens[ofTokens.length == 1 ? 0 : i / n], ofChannels[ofChannels.length == 1 ? 0 : i % n]);
                double scaled = arithmetic.multiply(arithmetic.round(results[i]), factor);
                results[i] = bias.length == 0 ? scaled : arithmetic.add(scaled, bias[i % n]);
            }
            Dots.store(results, arguments.output("Y").tensor(), 0);
        };
    }

    /// A factor of the sum over one block of terms.
    @FunctionalInterface
    private interface Factor {
        double of(double sum, int row, int column, int block);
    }

    /// Sums block by block, each scaled as a whole.
    private static double[] blocks(
            Arithmetic arithmetic, Matrix left, Matrix right, int m, int n, int k, long size, Factor factor) {
        double[] results = new double[Math.multiplyExact(m, n)];
        for (int block = 0; block * size < k; block++) {
            long first = block * size;
            int depth = (int) Math.min(size, k - first);
            double[] sums = Dots.multiply(arithmetic, left.from(0, first), right.from(first, 0), m, n, depth);
            for (int i = 0; i < sums.length; i++) {
                double scaled = factor.of(sums[i], i / n, i % n, block);
                results[i] = block == 0 ? scaled : arithmetic.add(results[i], scaled);
            }
        }
        return results;
    }

    private static SharedKernel weightOnly(Call call, Arithmetic arithmetic) {
        Shape y = call.output("Y").shape();
        int n = Math.toIntExact(y.dim(-1));
        int m = Math.toIntExact(y.slice(0, y.rank() - 1).elements());
        int k = Math.toIntExact(call.input("W").shape().dim(1));
        long size = call.attributes().integer("group_size");
        int groups = Math.toIntExact(call.input("scale").shape().dim(1));
        return arguments -> {
            double[] weights = Dots.values(arguments.input("W").tensor());
            double[] scales = Dots.values(arguments.input("scale").tensor());
            if (call.hasInput("zero_point")) {
                Tensor zero = arguments.input("zero_point").tensor();
                for (int i = 0; i < weights.length; i++) {
                    weights[i] -= zero.get(i / k * (long) groups + i % k / size);
                }
            }
            double[] results = blocks(
                    arithmetic,
                    Dots.lines(arguments.input("X").tensor()),
                    Matrix.of(weights, 0, k).transposed(),
                    m,
                    n,
                    k,
                    size,
                    (sum, row, column, group) -> arithmetic.multiply(sum, scales[column * groups + group]));
            Dots.store(results, arguments.output("Y").tensor(), 0);
        };
    }

    private static SharedKernel fp8Block(Call call, Arithmetic arithmetic) {
        int m = Math.toIntExact(call.input("X").shape().dim(0));
        int n = Math.toIntExact(call.input("W").shape().dim(0));
        int k = Math.toIntExact(call.input("X").shape().dim(1));
        long size = call.attributes().integer("block_size");
        int blocks = Math.toIntExact(call.input("x_scale").shape().dim(1));
        return arguments -> {
            double[] ofTokens = Dots.values(arguments.input("x_scale").tensor());
            double[] ofWeights = Dots.values(arguments.input("w_scale").tensor());
            double[] results = blocks(
                    arithmetic,
                    Dots.lines(arguments.input("X").tensor()),
                    Dots.lines(arguments.input("W").tensor()).transposed(),
                    m,
                    n,
                    k,
                    size,
                    (sum, row, column, block) -> arithmetic.multiply(
                            sum,
                            arithmetic.multiply(
                                    ofTokens[row * blocks + block],
                                    ofWeights[(int) (column / size) * blocks + block])));
            Dots.store(results, arguments.output("Y").tensor(), 0);
        };
    }

    private static SharedKernel grouped(Call call, Arithmetic arithmetic) {
        int n = Math.toIntExact(call.input("B").shape().dim(2));
        int k = Math.toIntExact(call.input("A").shape().dim(1));
        List<Long> sizes = call.constants().getOrDefault("group_sizes", List.of());
        return arguments -> {
            Tensor a = arguments.input("A").tensor();
            Tensor b = arguments.input("B").tensor();
            List<Long> ofA = a.spec().strides();
            List<Long> ofB = b.spec().strides();
            long row = 0;
            for (int group = 0; group < sizes.size(); group++) {
                int rows = Math.toIntExact(sizes.get(group));
                double[] results = Dots.multiply(
                        arithmetic,
                        Dots.matrix(a, row * ofA.get(0), ofA.get(0), ofA.get(1)),
                        Dots.matrix(b, group * ofB.get(0), ofB.get(1), ofB.get(2)),
                        rows,
                        n,
                        k);
                Dots.store(results, arguments.output("Y").tensor(), row * n);
                row += rows;
            }
        };
    }
}
