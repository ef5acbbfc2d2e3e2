package dev.assay.baselines.simulated;

import dev.assay.numerics.GemmF32;
import dev.assay.numerics.Matrix;
import java.util.Optional;

/// Interleaved chains of fused terms, added up as a tree: term k belongs to chain `k mod lanes`.
record LaneSums(int lanes) implements Summation {
    @Override
    public float dot(float[] a, float[] b, int count) {
        return GemmF32.interleaved(a, b, count, lanes);
    }

    @Override
    public Optional<float[]> product(Matrix left, Matrix right, int rows, int columns, int depth) {
        float[] sums = new float[rows * columns];
        GemmF32.interleaved(left, right, rows, columns, depth, lanes, sums, 0, columns);
        return Optional.of(sums);
    }
}
