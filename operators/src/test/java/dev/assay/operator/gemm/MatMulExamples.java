package dev.assay.operator.gemm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// Calls, kernels as others write them, and how far they are off.
final class MatMulExamples {
    private MatMulExamples() {}

    static final MatMul MATMUL = new MatMul();

    static Shape shape(String dims) {
        return Shape.of(
                dims.isEmpty()
                        ? new long[0]
                        : java.util.Arrays.stream(dims.split("x", -1))
                                .mapToLong(Long::parseLong)
                                .toArray());
    }

    static Example example(DType dtype, String a, String b) {
        return new Example(MATMUL)
                .input("A", TensorSpec.dense(dtype, shape(a)))
                .input("B", TensorSpec.dense(dtype, shape(b)));
    }

    /// Rows, columns, tiles and single elements, in one batch and across batches.
    static List<List<Region>> splits() {
        List<Region> elements = new ArrayList<>();
        List<Region> tiles = new ArrayList<>();
        List<Region> columns = new ArrayList<>();
        for (long b = 0; b < 3; b++) {
            for (long i = 0; i < 14; i++) {
                for (long j = 0; j < 19; j++) {
                    elements.add(Region.of(new long[] {b, i, j}, 1, 1, 1));
                }
            }
            for (long j = 0; j < 19; j += 6) {
                tiles.add(Region.of(new long[] {b, 0, j}, 1, 5, Math.min(6, 19 - j)));
                tiles.add(Region.of(new long[] {b, 5, j}, 1, 9, Math.min(6, 19 - j)));
            }
        }
        for (long j = 0; j < 19; j++) {
            columns.add(Region.of(new long[] {0, 0, j}, 3, 14, 1));
        }
        return List.of(elements, tiles, columns, List.of(Region.all(Shape.of(3, 14, 19))));
    }

    interface Accumulate {
        double of(double sum, double product);
    }

    /// A device: sums one after another, the result rounded once.
    static double[] device(Example example, int m, int n, int k, DType output, Accumulate accumulate) {
        double[] a = example.values("A");
        double[] b = example.values("B");
        double[] y = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int d = 0; d < k; d++) {
                    sum = accumulate.of(sum, a[i * k + d] * b[d * n + j]);
                }
                y[i * n + j] = output.round(sum);
            }
        }
        return y;
    }

    /// Rms of error over its allowed standard deviation, output rounding included; fails if one exceeds its bound.
    static double rms(Answer answer, double[] got, DType output) {
        double sum = 0;
        int counted = 0;
        for (int i = 0; i < got.length; i++) {
            assertTrue(
                    answer.accepts(i, got[i], output),
                    "element " + i + ": " + got[i] + " for " + answer.value(i) + ", bound " + answer.bound(i, output));
            double ulp = output.ulp(answer.value(i));
            double variance = answer.sigma(i) * answer.sigma(i) + ulp * ulp / 12;
            if (answer.sigma(i) > 0) {
                sum += Math.pow(got[i] - answer.value(i), 2) / variance;
                counted++;
            }
        }
        return counted == 0 ? 0 : Math.sqrt(sum / counted);
    }

    static Example filled(DType dtype, int m, int k, int n, java.util.function.DoubleSupplier values) {
        double[] a = new double[m * k];
        double[] b = new double[k * n];
        java.util.Arrays.setAll(a, x -> values.getAsDouble());
        java.util.Arrays.setAll(b, x -> values.getAsDouble());
        return new Example(MATMUL).input("A", dtype, Shape.of(m, k), a).input("B", dtype, Shape.of(k, n), b);
    }

    /// One after another, in lanes, in blocks, fused and not.
    static List<double[]> legitimate(Example example, int m, int k, int n, DType sums, DType output) {
        double[] a = example.values("A");
        double[] b = example.values("B");
        List<double[]> results = new ArrayList<>();
        for (int lanes : new int[] {1, 8, 64}) {
            for (int block : new int[] {k, 128}) {
                double[] y = new double[m * n];
                for (int at = 0; at < m * n; at++) {
                    double[] lane = new double[lanes];
                    double total = 0;
                    for (int d = 0; d < k; d++) {
                        double term = a[at / n * k + d] * b[d * n + at % n];
                        lane[d % lanes] = sums.round(lane[d % lanes] + (block == k ? sums.round(term) : term));
                        if (d % block == block - 1 || d == k - 1) {
                            for (int l = 0; l < lanes; l++) {
                                total = sums.round(total + lane[l]);
                                lane[l] = 0;
                            }
                        }
                    }
                    y[at] = output.round(total);
                }
                results.add(y);
            }
        }
        return results;
    }
}
