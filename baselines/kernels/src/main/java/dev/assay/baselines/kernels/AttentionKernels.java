package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;

/// Attention as serving stacks have it, beside the operator `attention` itself, for which backends have kernels of
/// their
/// own.
final class AttentionKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of("flex_attention", AttentionKernels::flex);

    private AttentionKernels() {}

    private static double scale(Call call, int size, Arithmetic arithmetic) {
        return call.attributes().findReal("scale").orElseGet(() -> arithmetic.divide(1, arithmetic.sqrt(size)));
    }

    private static SharedKernel flex(Call call, Arithmetic arithmetic) {
        Shape q = call.input("Q").shape();
        Shape k = call.input("K").shape();
        int heads = Math.toIntExact(q.dim(1));
        int group = Math.toIntExact(heads / k.dim(1));
        int queries = Math.toIntExact(q.dim(2));
        int keys = Math.toIntExact(k.dim(2));
        int size = Math.toIntExact(q.dim(3));
        int width = Math.toIntExact(call.input("V").shape().dim(3));
        double scale = scale(call, size, arithmetic);
        return arguments -> {
            Tensor from = arguments.input("Q").tensor();
            Tensor keyed = arguments.input("K").tensor();
            Tensor valued = arguments.input("V").tensor();
            Tensor to = arguments.output("Y").tensor();
            Parallel.forEach(Math.toIntExact(q.dim(0)) * heads, n -> {
                long shared = n / heads * k.dim(1) + n % heads / group;
                double[] query = new double[size];
                for (int s = 0; s < queries; s++) {
                    from.decode(((long) n * queries + s) * size, size, query, 0);
                    Softmax softmax = new Softmax(query, width, scale, 0, arithmetic);
                    for (int t = 0; t < keys; t++) {
                        keyed.decode((shared * keys + t) * size, size, softmax.key, 0);
                        valued.decode((shared * keys + t) * width, width, softmax.value, 0);
                        softmax.take(0);
                    }
                    to.encode(((long) n * queries + s) * width, width, softmax.result(), 0);
                }
            });
        };
    }

    /// The online softmax of one query, key after key (Milakov and Gimelshein, 2018).
    static final class Softmax {
        final double[] key;
        final double[] value;
        private final double[] query;
        private final double scale;
        private final double cap;
        private final Arithmetic arithmetic;
        private final double[] sums;
        private double largest = Double.NEGATIVE_INFINITY;
        private double denominator;

        /// @param cap soft cap of the scores; 0 for none
        Softmax(double[] query, int width, double scale, double cap, Arithmetic arithmetic) {
            this.query = query;
            this.key = new double[query.length];
            this.value = new double[width];
            this.scale = scale;
            this.cap = cap;
            this.arithmetic = arithmetic;
            this.sums = new double[width];
        }

        /// Takes the key and the value that stand in the buffers.
        void take(double bias) {
            double score = arithmetic.multiply(scale, arithmetic.dot(query, key, query.length));
            if (cap > 0) {
                score = arithmetic.multiply(cap, arithmetic.tanh(arithmetic.divide(score, cap)));
            }
            take(bias == 0 ? score : arithmetic.add(score, bias), value);
        }

        /// Takes a score without a value.
        void sink(double score) {
            take(score, new double[0]);
        }

        private void take(double score, double[] values) {
            if (score > largest || Double.isNaN(score)) {
                double shrink = largest == Double.NEGATIVE_INFINITY
                        ? (Double.isNaN(score) ? Double.NaN : 0)
                        : arithmetic.exp(arithmetic.subtract(largest, score));
                denominator = arithmetic.multiply(denominator, shrink);
                for (int c = 0; c < sums.length; c++) {
                    sums[c] = arithmetic.multiply(sums[c], shrink);
                }
                largest = score;
            }
            double weight = arithmetic.exp(arithmetic.subtract(score, largest));
            denominator = arithmetic.add(denominator, weight);
            for (int c = 0; c < values.length; c++) {
                sums[c] = arithmetic.multiplyAdd(weight, values[c], sums[c]);
            }
        }

        /// Zeros if there was no key.
        double[] result() {
            double[] result = new double[sums.length];
            for (int c = 0; c < result.length && denominator != 0; c++) {
                double quotient = arithmetic.divide(sums[c], denominator);
                result[c] = Double.isNaN(quotient) ? Double.NaN : quotient;
            }
            return result;
        }

        /// Logarithm of the sum of the exponentials of all scores.
        double logSumExp() {
            double sum = arithmetic.add(largest, arithmetic.log(denominator));
            return Double.isNaN(sum) && denominator == 0 ? Double.NEGATIVE_INFINITY : sum;
        }
    }
}
