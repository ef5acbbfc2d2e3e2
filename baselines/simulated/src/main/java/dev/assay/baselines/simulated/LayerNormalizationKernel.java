package dev.assay.baselines.simulated;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.NormalizationNumerics.Method;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// The normalisation kernel: a row at a time, in f32.
final class LayerNormalizationKernel implements SimulatedKernel {
    private final NormalizationNumerics numerics;

    LayerNormalizationKernel(NormalizationNumerics numerics) {
        this.numerics = numerics;
    }

    private static int axis(Call call) {
        long axis = call.attributes().integer("axis");
        return Math.toIntExact(axis < 0 ? axis + call.input("X").shape().rank() : axis);
    }

    @Override
    public void run(Call call, Arguments arguments) {
        Shape shape = call.input("X").shape();
        int length = Math.toIntExact(shape.slice(axis(call), shape.rank()).elements());
        // Not elements / length: rows of no elements have statistics too.
        int rows = Math.toIntExact(shape.slice(0, axis(call)).elements());
        Tensor x = arguments.input("X").tensor();
        Tensor y = arguments.output("Y").tensor();
        float[] scale = floats(arguments.input("Scale").tensor(), length);
        float[] bias = call.hasInput("B") ? floats(arguments.input("B").tensor(), length) : new float[length];
        float epsilon = (float) call.attributes().real("epsilon");
        Parallel.forEach(rows, r -> {
            double[] wide = new double[length];
            x.decode((long) r * length, length, wide, 0);
            float[] row = new float[length];
            for (int i = 0; i < length; i++) {
                row[i] = (float) wide[i];
            }
            float[] statistics = statistics(row, epsilon);
            float mean = statistics[0];
            float inverse = statistics[1];
            for (int i = 0; i < length; i++) {
                float distance = row[i] - mean;
                float scaled = numerics.weightFirst() ? distance * (inverse * scale[i]) : distance * inverse * scale[i];
                wide[i] = scaled + bias[i];
            }
            y.encode((long) r * length, length, wide, 0);
            write(call, arguments, "Mean", r, mean);
            write(call, arguments, "InvStdDev", r, inverse);
        });
    }

    private static void write(Call call, Arguments arguments, String output, int row, float value) {
        if (call.hasOutput(output)) {
            arguments.output(output).tensor().set(row, value);
        }
    }

    private static float[] floats(Tensor tensor, int length) {
        double[] wide = new double[length];
        tensor.decode(0, length, wide, 0);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) wide[i];
        }
        return values;
    }

    /// Mean and inverse deviation.
    private float[] statistics(float[] row, float epsilon) {
        int count = Math.max(1, row.length - numerics.missing());
        float[] used = Arrays.copyOf(row, count);
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        float mean;
        float squares;
        switch (numerics.method()) {
            case WELFORD -> {
                float[] both = welford(used);
                mean = both[0];
                squares = both[1];
            }
            default -> {
                mean = numerics.summation().dot(used, ones, count) / row.length;
                squares = numerics.method() == Method.NAIVE
                        ? numerics.summation().dot(used, used, count) - row.length * mean * mean
                        : centred(used, mean);
            }
        }
        float variance = Math.max(0, squares / Math.max(1, row.length - numerics.correction()));
        float inverse = numerics.epsilonOutside()
                ? 1 / ((float) Math.sqrt(variance) + epsilon)
                : 1 / (float) Math.sqrt(variance + epsilon);
        if (numerics.statistics().isPresent()) {
            mean = (float) numerics.statistics().get().round(mean);
            inverse = (float) numerics.statistics().get().round(inverse);
        }
        return new float[] {mean, inverse};
    }

    private float centred(float[] row, float mean) {
        float[] distances = new float[row.length];
        for (int i = 0; i < row.length; i++) {
            distances[i] = row[i] - mean;
        }
        return numerics.summation().dot(distances, distances, row.length);
    }

    /// Welford 1962: mean and sum of squared distances in one pass.
    private static float[] welford(float[] row) {
        float mean = 0;
        float squares = 0;
        for (int i = 0; i < row.length; i++) {
            float delta = row[i] - mean;
            mean += delta / (i + 1);
            squares += delta * (row[i] - mean);
        }
        return new float[] {mean, squares};
    }

    /// Memory-bound: the vector unit is never the limit.
    @Override
    public double modelledFlops(Call call) {
        return 0;
    }
}
