package dev.assay.baselines.simulated;

/// How a kernel adds up the products of a dot product, rounding by rounding, in f32.
@FunctionalInterface
public interface Summation {
    /// The sum of `a[i] * b[i]` for i from 0 to count - 1.
    float dot(float[] a, float[] b, int count);

    /// [#dot] of a line with each of others, which a chip may work on side by side.
    ///
    /// @param at place of the first result
    default void dots(float[] a, float[][] others, int count, double[] into, int at) {
        for (int j = 0; j < others.length; j++) {
            into[at + j] = dot(a, others[j], count);
        }
    }
}
