package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// Gradients of normalisations: sums along a row for its own gradient, sums over the rows for those of
/// the weights.
public final class NormGradientKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "layer_normalization_grad", (call, m) -> plan(call, m, m),
            "rms_normalization_grad", (call, m) -> plan(call, m, m));

    /// Columns that are added up at a time.
    private static final int WIDTH = 64;

    private NormGradientKernels() {}

    /// Plans a call.
    ///
    /// @param along arithmetic of what belongs to a row
    /// @param across arithmetic of the sums over the rows
    public static SharedKernel plan(Call call, Arithmetic along, Arithmetic across) {
        boolean centred = call.operator().equals("layer_normalization_grad");
        Shape shape = call.input("X").shape();
        LineWalk lines = LineWalk.from(shape, call.attributes().integer("axis"));
        double epsilon = centred ? 0 : call.attributes().real("epsilon");
        return arguments -> {
            Tensor dy = arguments.input("dY").tensor();
            Tensor x = arguments.input("X").tensor();
            double[] scale = all(arguments.input(centred ? "Scale" : "scale").tensor());
            double[] mean = centred ? all(arguments.input("Mean").tensor()) : new double[lines.count()];
            double[] inverse = centred ? all(arguments.input("InvStdDev").tensor()) : new double[lines.count()];
            Tensor dx = arguments.output("dX").tensor();
            lines.forEach(line -> {
                double[] g = new double[lines.length()];
                double[] n = new double[lines.length()];
                lines.read(dy, line, g);
                lines.read(x, line, n);
                if (!centred) {
                    double squares = along.divide(along.dot(n, n, n.length), n.length);
                    inverse[line] = along.reciprocalSqrt(along.add(squares, epsilon));
                }
                row(g, n, scale, mean[line], along.round(inverse[line]), centred, along);
                lines.write(dx, line, g);
            });
            Tensor dscale = arguments.output(centred ? "dScale" : "dscale").tensor();
            Optional<Tensor> db = arguments.outputs().containsKey("dB")
                    ? Optional.of(arguments.output("dB").tensor())
                    : Optional.empty();
            int blocks = Math.ceilDiv(lines.length(), WIDTH);
            Parallel.forEach(blocks, block -> {
                int first = block * WIDTH;
                int width = Math.min(WIDTH, lines.length() - first);
                double[][] g = new double[lines.count()][width];
                double[][] n = new double[lines.count()][width];
                for (int line = 0; line < lines.count(); line++) {
                    dy.decode(lines.number(line, first), width, g[line], 0);
                    x.decode(lines.number(line, first), width, n[line], 0);
                    normalise(n[line], mean[line], across.round(inverse[line]), centred, across);
                }
                double[] terms = new double[lines.count()];
                double[] others = new double[lines.count()];
                for (int column = 0; column < width; column++) {
                    for (int line = 0; line < terms.length; line++) {
                        terms[line] = g[line][column];
                        others[line] = n[line][column];
                    }
                    set(dscale, first + column, across.dot(terms, others, terms.length));
                    if (db.isPresent()) {
                        set(db.get(), first + column, across.sum(terms, terms.length));
                    }
                }
            });
        };
    }

    private static void set(Tensor tensor, int at, double value) {
        tensor.set(at, Double.isNaN(value) ? Double.NaN : value);
    }

    private static double[] all(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.get(i);
        }
        return values;
    }

    private static void normalise(double[] x, double mean, double inverse, boolean centred, Arithmetic m) {
        for (int i = 0; i < x.length; i++) {
            x[i] = m.multiply(centred ? m.subtract(x[i], m.round(mean)) : x[i], inverse);
        }
    }

    /// Turns a line of dY into one of dX, and one of X into one of normalised elements.
    private static void row(
            double[] g, double[] n, double[] scale, double mean, double inverse, boolean centred, Arithmetic m) {
        normalise(n, mean, inverse, centred, m);
        for (int i = 0; i < g.length; i++) {
            g[i] = m.multiply(g[i], scale[i]);
        }
        double first = centred ? m.divide(m.sum(g, g.length), g.length) : 0;
        double second = m.divide(m.dot(g, n, g.length), g.length);
        for (int i = 0; i < g.length; i++) {
            double left = centred ? m.subtract(g[i], first) : g[i];
            g[i] = m.multiply(m.subtract(left, m.multiply(n[i], second)), inverse);
        }
    }
}
