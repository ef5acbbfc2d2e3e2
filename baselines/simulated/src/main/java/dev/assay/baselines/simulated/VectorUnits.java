package dev.assay.baselines.simulated;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.numerics.Matrix;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.Optional;

/// The vector units of a chip: f32, one rounding to an operation, sums in the order of its normalisation kernels.
public final class VectorUnits {
    private VectorUnits() {}

    static Arithmetic of(Chip chip) {
        return summing(Arithmetic.F32, Summations.named(chip.normalization().summation(), chip.name()));
    }

    /// With sums taken in another way; in f64, for which there is no other, as they are.
    public static Arithmetic summing(Arithmetic plain, Summation summation) {
        return plain.type() == DType.F64 ? plain : new Summing(plain, summation);
    }

    private static final class Summing extends ForwardingArithmetic {
        private final Summation summation;

        Summing(Arithmetic plain, Summation summation) {
            super(plain);
            this.summation = summation;
        }

        @Override
        public double sum(double[] terms, int count) {
            float[] ones = new float[count];
            Arrays.fill(ones, 1);
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

        @Override
        public Optional<double[]> matrixProduct(Matrix left, Matrix right, int rows, int columns, int depth) {
            return summation.product(left, right, rows, columns, depth).map(Summing::doubles);
        }

        private static double[] doubles(float[] sums) {
            double[] results = new double[sums.length];
            Arrays.setAll(results, i -> sums[i]);
            return results;
        }

        @Override
        public double squaredDistances(double[] x, double mean, int count) {
            double[] distances = new double[count];
            for (int i = 0; i < count; i++) {
                distances[i] = subtract(x[i], mean);
            }
            return dot(distances, distances, count);
        }

        private static float[] floats(double[] values, int count) {
            float[] floats = new float[count];
            for (int i = 0; i < count; i++) {
                floats[i] = (float) values[i];
            }
            return floats;
        }
    }
}
