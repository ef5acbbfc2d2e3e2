package dev.assay.baselines.cpu;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Optional;

/// `layer_normalization`, in Java alone: ND4J's own has no epsilon.
///
/// All arithmetic is f64, which is at least what any `stash_type` asks for; the statistics are rounded to that type
/// where they are outputs.
final class LayerNormalizationKernel implements Kernel {
    private static final int ELEMENTS_PER_TASK = 1 << 15;

    private final Workers workers;
    private final long rows;
    private final int length;
    private final double epsilon;
    private final double[] scale;
    private final double[] bias;
    private final Row[] lines;

    LayerNormalizationKernel(Call call, Workers workers) {
        this.workers = workers;
        Shape shape = call.input("X").shape();
        int axis = Math.toIntExact(call.attributes().integer("axis"));
        Shape normalised = shape.slice(axis < 0 ? axis + shape.rank() : axis, shape.rank());
        this.rows = shape.slice(0, shape.rank() - normalised.rank()).elements();
        this.length = Math.toIntExact(normalised.elements());
        this.epsilon = call.attributes().real("epsilon");
        this.scale = new double[length];
        this.bias = new double[length];
        this.lines = new Row[workers.count()];
        for (int worker = 0; worker < lines.length; worker++) {
            lines[worker] = new Row(length);
        }
    }

    @Override
    public Launch bind(Arguments arguments) {
        Tensor x = arguments.input("X").tensor();
        Tensor weight = arguments.input("Scale").tensor();
        Optional<Tensor> offset = tensor(arguments.inputs().get("B"));
        Tensor y = arguments.output("Y").tensor();
        Optional<Tensor> mean = tensor(arguments.outputs().get("Mean"));
        Optional<Tensor> inverse = tensor(arguments.outputs().get("InvStdDev"));
        long perTask = Math.max(1, ELEMENTS_PER_TASK / Math.max(1, length));
        return () -> {
            weight.decode(0, length, scale, 0);
            offset.ifPresent(values -> values.decode(0, length, bias, 0));
            workers.forEach(Math.ceilDiv(rows, perTask), (worker, task) -> {
                Row line = lines[worker];
                long end = Math.min(rows, (task + 1) * perTask);
                for (long row = task * perTask; row < end; row++) {
                    x.decode(row * length, length, line.values, 0);
                    line.measure(epsilon);
                    line.normalise(scale, bias);
                    CanonicalNan.in(line.values);
                    y.encode(row * length, length, line.values, 0);
                    if (mean.isPresent()) {
                        mean.get().set(row, CanonicalNan.of(line.mean));
                    }
                    if (inverse.isPresent()) {
                        inverse.get().set(row, CanonicalNan.of(line.inverse));
                    }
                }
            });
        };
    }

    private static Optional<Tensor> tensor(@org.jspecify.annotations.Nullable Argument argument) {
        return Optional.ofNullable(argument).map(Argument::tensor);
    }

    /// One row under way. Loops keep four sums, for a single one would wait for every addition.
    private static final class Row {
        final double[] values;
        double mean;
        double inverse;

        Row(int length) {
            this.values = new double[length];
        }

        /// Two passes, the second of which also corrects the mean by what is left of the sum.
        void measure(double epsilon) {
            int n = values.length;
            double first = sum(values) / n;
            double rest = sumOfDistances(values, first) / n;
            double squares = sumOfSquares(values, first) / n;
            mean = first + rest;
            inverse = 1 / Math.sqrt(Math.max(0, squares - rest * rest) + epsilon);
        }

        private static double sum(double[] x) {
            double a = 0;
            double b = 0;
            double c = 0;
            double d = 0;
            int i = 0;
            for (; i < x.length - 3; i += 4) {
                a += x[i];
                b += x[i + 1];
                c += x[i + 2];
                d += x[i + 3];
            }
            for (; i < x.length; i++) {
                a += x[i];
            }
            return (a + b) + (c + d);
        }

        private static double sumOfDistances(double[] x, double centre) {
            double a = 0;
            double b = 0;
            double c = 0;
            double d = 0;
            int i = 0;
            for (; i < x.length - 3; i += 4) {
                a += x[i] - centre;
                b += x[i + 1] - centre;
                c += x[i + 2] - centre;
                d += x[i + 3] - centre;
            }
            for (; i < x.length; i++) {
                a += x[i] - centre;
            }
            return (a + b) + (c + d);
        }

        private static double sumOfSquares(double[] x, double centre) {
            double a = 0;
            double b = 0;
            double c = 0;
            double d = 0;
            int i = 0;
            for (; i < x.length - 3; i += 4) {
                a += square(x[i] - centre);
                b += square(x[i + 1] - centre);
                c += square(x[i + 2] - centre);
                d += square(x[i + 3] - centre);
            }
            for (; i < x.length; i++) {
                a += square(x[i] - centre);
            }
            return (a + b) + (c + d);
        }

        private static double square(double x) {
            return x * x;
        }

        void normalise(double[] scale, double[] bias) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (values[i] - mean) * inverse * scale[i] + bias[i];
            }
        }
    }
}
