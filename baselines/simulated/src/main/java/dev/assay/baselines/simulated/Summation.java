package dev.assay.baselines.simulated;

import dev.assay.numerics.Matrix;
import java.util.Optional;

/// How a kernel adds up the products of a dot product, rounding by rounding, in f32.
@FunctionalInterface
public interface Summation {
    /// The sum of `a[i] * b[i]` for i from 0 to count - 1.
    float dot(float[] a, float[] b, int count);

    /// All sums of a matrix product, row-major and bit for bit those of [#dot]; empty where there is no faster way.
    default Optional<float[]> product(Matrix left, Matrix right, int rows, int columns, int depth) {
        return Optional.empty();
    }
}
