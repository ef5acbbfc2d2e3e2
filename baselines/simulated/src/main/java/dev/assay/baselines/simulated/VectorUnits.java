package dev.assay.baselines.simulated;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.tensor.DType;

/// The vector units of a chip: f32, one rounding to an operation, sums in the order of its normalisation kernels.
final class VectorUnits implements Arithmetic {
    private final Summation summation;

    private VectorUnits(Summation summation) {
        this.summation = summation;
    }

    static VectorUnits of(Chip chip) {
        return new VectorUnits(Summations.named(chip.normalization().summation(), chip.name()));
    }

    @Override
    public DType type() {
        return DType.F32;
    }

    @Override
    public double sum(double[] terms, int count) {
        float[] ones = new float[count];
        java.util.Arrays.fill(ones, 1);
        return summation.dot(floats(terms, count), ones, count);
    }

    @Override
    public double dot(double[] a, double[] b, int count) {
        return summation.dot(floats(a, count), floats(b, count), count);
    }

    @Override
    public void dots(double[][] lines, double[][] others, int count, double[] into, int at, int stride) {
        float[][] right = new float[others.length][];
        for (int j = 0; j < right.length; j++) {
            right[j] = floats(others[j], count);
        }
        for (int i = 0; i < lines.length; i++) {
            float[] left = floats(lines[i], count);
            for (int j = 0; j < right.length; j++) {
                into[at + i * stride + j] = summation.dot(left, right[j], count);
            }
        }
    }

    private static float[] floats(double[] values, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
