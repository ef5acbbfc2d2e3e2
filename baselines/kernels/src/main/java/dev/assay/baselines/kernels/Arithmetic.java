package dev.assay.baselines.kernels;

import dev.assay.numerics.Gemm;
import dev.assay.numerics.Matrix;
import dev.assay.tensor.DType;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// Floating-point arithmetic of a device: each operation rounds its result as the device does.
///
/// The methods here are those of exact f64 functions rounded once to [#type]. A device that adds in another order, has
/// rougher functions or flushes subnormals overrides them.
public interface Arithmetic {
    /// The type that results are kept in.
    DType type();

    /// A result as it is kept.
    default double round(double value) {
        return switch (type()) {
            case F64 -> value;
            case F32 -> (float) value;
            default -> type().round(value);
        };
    }

    default double add(double a, double b) {
        return round(a + b);
    }

    default double subtract(double a, double b) {
        return round(a - b);
    }

    default double multiply(double a, double b) {
        return round(a * b);
    }

    /// `a · b + c`, which need not be fused.
    default double multiplyAdd(double a, double b, double c) {
        return add(multiply(a, b), c);
    }

    /// `a · b · c`, in any order.
    default double product(double a, double b, double c) {
        return multiply(multiply(a, b), c);
    }

    default double divide(double a, double b) {
        return round(a / b);
    }

    default double sqrt(double x) {
        return round(Math.sqrt(x));
    }

    default double reciprocalSqrt(double x) {
        return divide(1, sqrt(x));
    }

    /// An elementary function that has no method of its own.
    ///
    /// @param exact the function in f64
    default double function(DoubleUnaryOperator exact, double x) {
        return round(exact.applyAsDouble(x));
    }

    default double exp(double x) {
        return round(Math.exp(x));
    }

    /// `e^x - 1`, which may be put together from [#exp].
    default double expm1(double x) {
        return subtract(exp(x), 1);
    }

    /// `log(1 + x)`, which may be put together from [#log].
    default double log1p(double x) {
        return log(add(1, x));
    }

    default double log(double x) {
        return round(Math.log(x));
    }

    default double tanh(double x) {
        return round(Math.tanh(x));
    }

    default double erf(double x) {
        return round(dev.assay.numerics.ErrorFunction.erf(x));
    }

    default double sin(double x) {
        return round(Math.sin(x));
    }

    default double cos(double x) {
        return round(Math.cos(x));
    }

    default double pow(double x, double y) {
        return round(Math.pow(x, y));
    }

    /// The sum of the first `count` terms, in the device's order.
    default double sum(double[] terms, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum = add(sum, terms[i]);
        }
        return sum;
    }

    /// The sum of the first `count` products, in the device's order.
    default double dot(double[] a, double[] b, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum = multiplyAdd(a[i], b[i], sum);
        }
        return sum;
    }

    /// The largest of the first `count` elements; NaN if one of them is, minus infinity if there is none.
    default double largest(double[] x, int count) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, x[i]);
        }
        return largest;
    }

    /// The sum of the squared distances of the first `count` elements from their mean.
    ///
    /// @param mean as [#sum] and [#divide] have it
    default double squaredDistances(double[] x, double mean, int count) {
        double[] distances = new double[count];
        for (int i = 0; i < count; i++) {
            distances[i] = subtract(x[i], mean);
        }
        return dot(distances, distances, count);
    }

    /// [#dot] of each of some lines with each of others, row by row: a device may bring each to its type once.
    ///
    /// @param at place of the first result
    /// @param stride from one row of results to the next
    default void dots(double[][] lines, double[][] others, int count, double[] into, int at, int stride) {
        for (int i = 0; i < lines.length; i++) {
            for (int j = 0; j < others.length; j++) {
                into[at + i * stride + j] = dot(lines[i], others[j], count);
            }
        }
    }

    /// [#dot] of each row of a matrix with each column of another, row by row, where the host has a quick way to it: in
    /// f64, where sums may be taken in any order. Empty elsewhere, for [#dots].
    default Optional<double[]> matrixProduct(Matrix left, Matrix right, int rows, int columns, int depth) {
        if (type() != DType.F64) {
            return Optional.empty();
        }
        double[] results = new double[rows * columns];
        Gemm.multiply(left, right, rows, columns, depth, results, 0, columns);
        return Optional.of(results);
    }

    /// For sums of products of whole numbers of few bits, which a wide accumulator holds exactly.
    default Arithmetic integers() {
        return F64;
    }

    /// In how many parts a query goes over its keys; they are put together by their log-sum-exps.
    default int keyParts() {
        return 1;
    }

    /// Plain f64.
    Arithmetic F64 = () -> DType.F64;

    /// Every result rounded to f32.
    Arithmetic F32 = () -> DType.F32;
}
