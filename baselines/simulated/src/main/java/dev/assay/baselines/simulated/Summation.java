package dev.assay.baselines.simulated;

/// How a kernel adds up the products of a dot product, rounding by rounding, in f32.
@FunctionalInterface
public interface Summation {
    /// The sum of `a[i] * b[i]` for i from 0 to count - 1.
    float dot(float[] a, float[] b, int count);
}
