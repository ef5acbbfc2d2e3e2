package dev.assay.baselines.simulated;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// The normalisation kernel: a row at a time, in f32.
final class LayerNormalizationKernel implements SimulatedKernel {
    private static final int LANES = 32;

    private final NormalizationNumerics numerics;

    LayerNormalizationKernel(NormalizationNumerics numerics) {
        this.numerics = numerics;
    }

    private static int axis(Call call) {
        long axis = call.attributes().integer("axis");
        return Math.toIntExact(axis < 0 ? axis + call.input("X").shape().rank() : axis);
    }

    @Override
    public void run(Call call, Arguments arguments, long launch) {
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
                wide[i] = numerics.affine.of(row[i], mean, inverse, scale[i], bias[i], y.dtype());
            }
            y.encode((long) r * length, numerics.written.applyAsInt(length), wide, 0);
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
        float[] used = Arrays.copyOf(row, Math.max(1, numerics.used.applyAsInt(row.length)));
        Moments moments = moments(used, row.length);
        float variance = Math.max(0, moments.squares() / Math.max(1, numerics.divisor.applyAsInt(row.length)));
        float mean = moments.mean();
        float inverse = numerics.inverse.of(variance, epsilon);
        if (numerics.statistics.isPresent()) {
            mean = (float) numerics.statistics.get().round(mean);
            inverse = (float) numerics.statistics.get().round(inverse);
        }
        return new float[] {mean, inverse};
    }

    /// Mean, and sum of squared distances from it.
    private record Moments(float mean, float squares) {}

    private Moments moments(float[] row, int length) {
        return switch (numerics.method) {
            case WELFORD -> welford(row, 0, 1);
            case PARALLEL_WELFORD -> parallelWelford(row);
            case TWO_PASS -> {
                float mean = numerics.mean.of(sum(row), length);
                float[] distances = less(row, mean);
                yield new Moments(mean, squares(distances));
            }
            case NAIVE -> {
                float mean = numerics.mean.of(sum(row), length);
                yield new Moments(mean, squares(row) - length * mean * mean);
            }
            case SHIFTED -> {
                float[] shifted = less(row, row[0]);
                float mean = numerics.mean.of(sum(shifted), length);
                yield new Moments(row[0] + mean, squares(shifted) - length * mean * mean);
            }
        };
    }

    private float sum(float[] row) {
        float[] ones = new float[row.length];
        Arrays.fill(ones, 1);
        return numerics.summation.dot(row, ones, row.length);
    }

    private float squares(float[] row) {
        return numerics.squares.orElse(numerics.summation).dot(row, row, row.length);
    }

    private static float[] less(float[] row, float origin) {
        float[] distances = new float[row.length];
        for (int i = 0; i < row.length; i++) {
            distances[i] = row[i] - origin;
        }
        return distances;
    }

    /// Welford 1962: mean and sum of squared distances in one pass, over every `step`-th element.
    private static Moments welford(float[] row, int first, int step) {
        float mean = 0;
        float squares = 0;
        int count = 0;
        for (int i = first; i < row.length; i += step) {
            float delta = row[i] - mean;
            count++;
            mean += delta / count;
            squares += delta * (row[i] - mean);
        }
        return new Moments(mean, squares);
    }

    /// Chan, Golub and LeVeque 1983: moments of parts put together.
    private static Moments parallelWelford(float[] row) {
        int lanes = Math.min(LANES, row.length);
        Moments all = new Moments(0, 0);
        int counted = 0;
        for (int lane = 0; lane < lanes; lane++) {
            Moments part = welford(row, lane, lanes);
            int count = Math.ceilDiv(row.length - lane, lanes);
            int total = counted + count;
            float delta = part.mean() - all.mean();
            float share = (float) count / total;
            all = new Moments(
                    all.mean() + delta * share, all.squares() + part.squares() + delta * delta * share * counted);
            counted = total;
        }
        return all;
    }

    /// Memory-bound: the vector unit is never the limit.
    @Override
    public double modelledFlops(Call call) {
        return 0;
    }
}
