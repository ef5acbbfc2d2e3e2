package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;
import java.util.TreeMap;

/// Normalisations: statistics of a line in two passes, then a pass over its elements.
final class NormKernels {
    private static final double SMALL = 1e-9;

    static final Map<String, SharedKernel.Factory> ALL = all();

    private NormKernels() {}

    private static Map<String, SharedKernel.Factory> all() {
        Map<String, SharedKernel.Factory> all = new TreeMap<>();
        all.put("rms_normalization", NormKernels::rms);
        all.put("add_rms_normalization", NormKernels::addRms);
        all.put("qk_normalization", NormKernels::heads);
        all.put("instance_normalization", (call, m) -> groups(call, m, "input", "scale", "B", "output"));
        all.put("group_normalization", (call, m) -> groups(call, m, "X", "scale", "bias", "Y"));
        all.put("batch_normalization", NormKernels::batch);
        all.put("lp_normalization", NormKernels::norm);
        all.put("mean_variance_normalization", NormKernels::meanVariance);
        all.put("reduce_variance", NormKernels::variance);
        return all;
    }

    private static double inverse(double[] x, double epsilon, Arithmetic m) {
        double mean = m.divide(m.dot(x, x, x.length), x.length);
        return m.reciprocalSqrt(m.add(mean, epsilon));
    }

    private static SharedKernel rms(Call call, Arithmetic m) {
        Shape shape = call.input("X").shape();
        LineWalk lines = LineWalk.from(shape, call.attributes().integer("axis"));
        Shape weights = call.input("scale").shape();
        double epsilon = call.attributes().real("epsilon");
        int[] places = places(shape, weights, lines.length());
        return arguments -> {
            Tensor x = arguments.input("X").tensor();
            Tensor scale = arguments.input("scale").tensor();
            Tensor y = arguments.output("Y").tensor();
            lines.forEach(line -> {
                double[] values = new double[lines.length()];
                lines.read(x, line, values);
                double inverse = inverse(values, epsilon, m);
                for (int i = 0; i < values.length; i++) {
                    values[i] = m.product(values[i], inverse, scale.get(places[i]));
                }
                lines.write(y, line, values);
            });
        };
    }

    /// Where the weight of each element of a line is, in a tensor that repeats along dimensions of size 1.
    private static int[] places(Shape shape, Shape weights, int length) {
        int[] places = new int[length];
        for (int i = 0; i < length; i++) {
            long rest = i;
            long stride = 1;
            for (int back = 1; back <= weights.rank(); back++) {
                long at = rest % shape.dim(-back);
                rest /= shape.dim(-back);
                places[i] += weights.dim(-back) == 1 ? 0 : Math.toIntExact(at * stride);
                stride *= weights.dim(-back);
            }
        }
        return places;
    }

    private static SharedKernel addRms(Call call, Arithmetic m) {
        LineWalk lines = LineWalk.along(call.input("X").shape(), -1);
        double epsilon = call.attributes().real("epsilon");
        return arguments -> {
            Tensor x = arguments.input("X").tensor();
            Tensor residual = arguments.input("residual").tensor();
            Tensor scale = arguments.input("scale").tensor();
            Tensor y = arguments.output("Y").tensor();
            Tensor sum = arguments.output("Sum").tensor();
            lines.forEach(line -> {
                double[] values = new double[lines.length()];
                double[] others = new double[lines.length()];
                lines.read(x, line, values);
                lines.read(residual, line, others);
                for (int i = 0; i < values.length; i++) {
                    values[i] = m.add(values[i], others[i]);
                    others[i] = values[i];
                }
                lines.write(sum, line, others);
                double inverse = inverse(values, epsilon, m);
                for (int i = 0; i < values.length; i++) {
                    values[i] = m.product(values[i], inverse, scale.get(i));
                }
                lines.write(y, line, values);
            });
        };
    }

    private static SharedKernel heads(Call call, Arithmetic m) {
        LineWalk queries = LineWalk.along(call.input("q").shape(), -1);
        LineWalk keys = LineWalk.along(call.input("k").shape(), -1);
        double epsilon = call.attributes().real("epsilon");
        return arguments -> {
            for (String name : new String[] {"q", "k"}) {
                LineWalk lines = name.equals("q") ? queries : keys;
                Tensor x = arguments.input(name).tensor();
                Tensor scale = arguments.input(name + "_scale").tensor();
                Tensor y = arguments.output(name + "_normalized").tensor();
                lines.forEach(line -> {
                    double[] values = new double[lines.length()];
                    lines.read(x, line, values);
                    double inverse = inverse(values, epsilon, m);
                    for (int i = 0; i < values.length; i++) {
                        values[i] = m.product(values[i], inverse, scale.get(i));
                    }
                    lines.write(y, line, values);
                });
            }
        };
    }

    /// Takes the mean away, in place, and gives the sum of the squares of what is left.
    private static double centre(double[] x, Arithmetic m) {
        double mean = m.divide(m.sum(x, x.length), x.length);
        double squares = m.squaredDistances(x, mean, x.length);
        for (int i = 0; i < x.length; i++) {
            x[i] = m.subtract(x[i], mean);
        }
        return squares;
    }

    /// Groups of channels; without `num_groups` every channel is one.
    private static SharedKernel groups(
            Call call, Arithmetic m, String input, String weight, String shift, String output) {
        Shape shape = call.input(input).shape();
        long channels = shape.dim(1);
        long groups = call.attributes().findInteger("num_groups").orElse(channels);
        long inner = shape.slice(2, shape.rank()).elements();
        long perGroup = groups == 0 ? 0 : channels / groups;
        LineWalk lines = LineWalk.along(Shape.of(shape.dim(0), groups, perGroup * inner), -1);
        double epsilon = call.attributes().real("epsilon");
        return arguments -> {
            Tensor x = arguments.input(input).tensor();
            Tensor scale = arguments.input(weight).tensor();
            Tensor bias = arguments.input(shift).tensor();
            Tensor y = arguments.output(output).tensor();
            lines.forEach(line -> {
                double[] values = new double[lines.length()];
                lines.read(x, line, values);
                double squares = centre(values, m);
                double inverse = m.reciprocalSqrt(m.add(m.divide(squares, values.length), epsilon));
                for (int i = 0; i < values.length; i++) {
                    long channel = line % groups * perGroup + i / inner;
                    values[i] = m.multiplyAdd(m.multiply(values[i], inverse), scale.get(channel), bias.get(channel));
                }
                lines.write(y, line, values);
            });
        };
    }

    /// As `a X + b`, worked out once for each channel.
    private static SharedKernel batch(Call call, Arithmetic m) {
        Shape shape = call.input("X").shape();
        long inner = shape.slice(2, shape.rank()).elements();
        LineWalk lines = LineWalk.along(Shape.of(shape.dim(0), shape.dim(1), inner), -1);
        double epsilon = call.attributes().real("epsilon");
        return arguments -> {
            Tensor x = arguments.input("X").tensor();
            Tensor y = arguments.output("Y").tensor();
            lines.forEach(line -> {
                long channel = line % shape.dim(1);
                double variance = m.round(arguments.input("input_var").tensor().get(channel));
                double mean = m.round(arguments.input("input_mean").tensor().get(channel));
                double scale = m.round(arguments.input("scale").tensor().get(channel));
                double bias = m.round(arguments.input("B").tensor().get(channel));
                double factor = m.multiply(scale, m.reciprocalSqrt(m.add(variance, epsilon)));
                double offset = m.subtract(bias, m.multiply(mean, factor));
                double[] values = new double[lines.length()];
                lines.read(x, line, values);
                for (int i = 0; i < values.length; i++) {
                    values[i] = m.multiplyAdd(values[i], factor, offset);
                }
                lines.write(y, line, values);
            });
        };
    }

    private static SharedKernel norm(Call call, Arithmetic m) {
        LineWalk lines =
                LineWalk.along(call.input("input").shape(), call.attributes().integer("axis"));
        boolean first = call.attributes().integer("p") == 1;
        return arguments -> {
            Tensor input = arguments.input("input").tensor();
            Tensor output = arguments.output("output").tensor();
            lines.forEach(line -> {
                double[] values = new double[lines.length()];
                lines.read(input, line, values);
                double[] sizes = new double[values.length];
                for (int i = 0; i < values.length; i++) {
                    sizes[i] = Math.abs(values[i]);
                }
                double norm = first ? m.sum(sizes, sizes.length) : m.sqrt(m.dot(sizes, sizes, sizes.length));
                for (int i = 0; i < values.length; i++) {
                    values[i] = norm == 0 ? 0 : m.divide(values[i], norm);
                }
                lines.write(output, line, values);
            });
        };
    }

    private static SharedKernel meanVariance(Call call, Arithmetic m) {
        Shape shape = call.input("X").shape();
        boolean[] marked = new boolean[shape.rank()];
        for (long axis : call.attributes().integers("axes")) {
            marked[Math.toIntExact(Math.floorMod(axis, (long) shape.rank()))] = true;
        }
        LineWalk lines = LineWalk.along(shape, marked);
        return arguments -> {
            Tensor x = arguments.input("X").tensor();
            Tensor y = arguments.output("Y").tensor();
            lines.forEach(line -> {
                double[] values = new double[lines.length()];
                lines.read(x, line, values);
                double squares = centre(values, m);
                double deviation = m.add(m.sqrt(m.divide(squares, values.length)), SMALL);
                for (int i = 0; i < values.length; i++) {
                    values[i] = m.divide(values[i], deviation);
                }
                lines.write(y, line, values);
            });
        };
    }

    private static SharedKernel variance(Call call, Arithmetic m) {
        LineWalk lines =
                LineWalk.along(call.input("x").shape(), call.attributes().integer("axis"));
        long degrees = Math.max(0, lines.length() - call.attributes().integer("correction"));
        return arguments -> {
            Tensor x = arguments.input("x").tensor();
            Tensor y = arguments.output("y").tensor();
            lines.forEach(line -> {
                double[] values = new double[lines.length()];
                lines.read(x, line, values);
                double result = m.divide(centre(values, m), (double) degrees);
                y.set(line, Double.isNaN(result) ? Double.NaN : result);
            });
        };
    }
}
