package dev.assay.baselines.kernels;

import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Gradients of elements, of softmax lines and of tables.
final class GradientKernels {
    static final Map<String, SharedKernel.Factory> ALL = all();

    private static final double GELU_ROOT = Math.sqrt(2 / Math.PI);
    private static final double GELU_CUBE = 0.044715;
    private static final double BELL = 1 / Math.sqrt(2 * Math.PI);

    private GradientKernels() {}

    private static Map<String, SharedKernel.Factory> all() {
        Map<String, SharedKernel.Factory> all = new TreeMap<>();
        elements(all, "relu_grad", (x, m, a) -> x[1] <= 0 ? 0 : x[0]);
        elements(all, "sigmoid_grad", (x, m, a) -> m.multiply(m.multiply(x[0], m.subtract(1, x[1])), x[1]));
        elements(all, "tanh_grad", (x, m, a) -> m.multiply(x[0], m.subtract(1, m.multiply(x[1], x[1]))));
        elements(
                all,
                "gelu_grad",
                (x, m, a) -> m.multiply(
                        x[0], a.text("approximate").equals("tanh") ? geluByTanh(x[1], m) : geluByErf(x[1], m)));
        elements(all, "swish_grad", (x, m, a) -> m.multiply(x[0], swish(x[1], a, m)));
        elements(
                all,
                "swiglu_grad",
                (x, m, a) -> m.multiply(m.multiply(x[0], x[2]), swish(x[1], a, m)),
                (x, m, a) -> m.multiply(x[0], m.multiply(x[1], sigmoid(scaled(x[1], a, m), m))));
        all.put("softmax_grad", (call, m) -> lines(call, (dy, y) -> softmax(dy, y, m)));
        all.put("log_softmax_grad", (call, m) -> lines(call, (dy, y) -> logSoftmax(dy, y, m)));
        all.put("embedding_grad", GradientKernels::embedding);
        return all;
    }

    /// One formula for each output.
    private static void elements(
            Map<String, SharedKernel.Factory> into, String name, ElementwiseLoop.Real... formulas) {
        into.put(name, (call, m) -> {
            SharedKernel[] parts = new SharedKernel[formulas.length];
            for (int i = 0; i < parts.length; i++) {
                Call part = new Call(
                        call.operator(),
                        call.inputs(),
                        List.of(call.outputs().get(i)),
                        call.attributes(),
                        call.constants());
                parts[i] = new ElementwiseLoop(part, m, formulas[i], Optional.empty())::run;
            }
            return arguments -> {
                for (SharedKernel part : parts) {
                    part.run(arguments);
                }
            };
        });
    }

    private static double scaled(double x, Attributes attributes, Arithmetic m) {
        double alpha = attributes.real("alpha");
        return alpha == 1 ? x : m.multiply(m.round(alpha), x);
    }

    private static double sigmoid(double x, Arithmetic m) {
        return m.divide(1, m.add(1, m.exp(-x)));
    }

    private static double swish(double x, Attributes attributes, Arithmetic m) {
        double scaled = scaled(x, attributes, m);
        double s = sigmoid(scaled, m);
        return m.multiply(s, m.multiplyAdd(scaled, m.subtract(1, s), 1));
    }

    private static double geluByErf(double x, Arithmetic m) {
        double below = m.multiply(0.5, m.add(1, m.erf(m.multiply(x, m.round(Math.sqrt(0.5))))));
        double bell = m.multiply(m.round(BELL), m.exp(m.multiply(-0.5, m.multiply(x, x))));
        return m.multiplyAdd(x, bell, below);
    }

    private static double geluByTanh(double x, Arithmetic m) {
        double square = m.multiply(x, x);
        double cube = m.multiply(m.multiply(square, x), m.round(GELU_CUBE));
        double t = m.tanh(m.multiply(m.round(GELU_ROOT), m.add(x, cube)));
        double left = m.multiply(0.5, m.add(1, t));
        double rest = m.subtract(1, m.multiply(t, t));
        double slope = m.multiply(m.round(GELU_ROOT), m.multiplyAdd(square, m.round(3 * GELU_CUBE), 1));
        return m.multiplyAdd(m.multiply(m.multiply(0.5, x), rest), slope, left);
    }

    /// Turns a line of dY and one of Y into one of dX, in place of the first.
    @FunctionalInterface
    private interface Backward {
        void of(double[] dy, double[] y);
    }

    private static SharedKernel lines(Call call, Backward backward) {
        LineWalk lines =
                LineWalk.along(call.input("dY").shape(), call.attributes().integer("axis"));
        return arguments -> {
            Tensor given = arguments.input("dY").tensor();
            Tensor kept = arguments.input("Y").tensor();
            Tensor result = arguments.output("dX").tensor();
            lines.forEach(line -> {
                double[] dy = new double[lines.length()];
                double[] y = new double[lines.length()];
                lines.read(given, line, dy);
                lines.read(kept, line, y);
                backward.of(dy, y);
                lines.write(result, line, dy);
            });
        };
    }

    private static void softmax(double[] dy, double[] y, Arithmetic m) {
        double dot = m.dot(dy, y, dy.length);
        for (int i = 0; i < dy.length; i++) {
            dy[i] = m.multiply(m.subtract(dy[i], dot), y[i]);
        }
    }

    private static void logSoftmax(double[] dy, double[] y, Arithmetic m) {
        double sum = m.sum(dy, dy.length);
        for (int i = 0; i < dy.length; i++) {
            dy[i] = m.subtract(dy[i], m.multiply(m.exp(y[i]), sum));
        }
    }

    /// Tokens are sorted by their ids, so that each row of the table is one sum.
    private static SharedKernel embedding(Call call, Arithmetic m) {
        Shape ids = call.input("ids").shape();
        int count = Math.toIntExact(ids.elements());
        int width = Math.toIntExact(call.input("dY").shape().dim(-1));
        int rows = Math.toIntExact(call.attributes().integer("rows"));
        long padding = call.attributes().integer("padding_idx");
        return arguments -> {
            Tensor dy = arguments.input("dY").tensor();
            Tensor given = arguments.input("ids").tensor();
            Tensor table = arguments.output("dtable").tensor();
            int[] ends = new int[rows + 1];
            int[] of = new int[count];
            for (int t = 0; t < count; t++) {
                long id = given.dtype().decodeLong(given.codeAt(given.position(t)));
                of[t] = id == padding || id < 0 || id >= rows ? -1 : (int) id;
                ends[of[t] + 1]++;
            }
            ends[0] = 0;
            for (int row = 0; row < rows; row++) {
                ends[row + 1] += ends[row];
            }
            int[] sorted = new int[ends[rows]];
            int[] next = ends.clone();
            for (int t = 0; t < count; t++) {
                if (of[t] >= 0) {
                    sorted[next[of[t]]++] = t;
                }
            }
            dev.assay.numerics.Parallel.forEach(rows, row -> {
                int tokens = ends[row + 1] - ends[row];
                double[][] lines = new double[tokens][width];
                for (int i = 0; i < tokens; i++) {
                    dy.decode((long) sorted[ends[row] + i] * width, width, lines[i], 0);
                }
                double[] sums = new double[width];
                double[] terms = new double[tokens];
                for (int column = 0; column < width && tokens > 0; column++) {
                    for (int i = 0; i < tokens; i++) {
                        terms[i] = lines[i][column];
                    }
                    double sum = m.sum(terms, tokens);
                    sums[column] = Double.isNaN(sum) ? Double.NaN : sum;
                }
                table.encode((long) row * width, width, sums, 0);
            });
        };
    }
}
