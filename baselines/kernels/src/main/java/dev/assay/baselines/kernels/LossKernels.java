package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Losses of rows over classes, and their gradients: a row at a time, then one sum over the rows.
final class LossKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "softmax_cross_entropy_loss", LossKernels::softmaxCrossEntropy,
            "softmax_cross_entropy_loss_grad", LossKernels::softmaxCrossEntropyGrad,
            "negative_log_likelihood_loss", LossKernels::likelihood,
            "negative_log_likelihood_loss_grad", LossKernels::likelihoodGrad,
            "cross_entropy", LossKernels::crossEntropy,
            "cross_entropy_grad", LossKernels::crossEntropyGrad);

    private LossKernels() {}

    /// The rows of a call: lines along the classes, and the label of each.
    private record Rows(LineWalk lines, Tensor labels, OptionalLong ignored, Optional<Tensor> weights) {
        static Rows of(Call call, Arguments arguments, Shape scores, String labels, String weights) {
            return new Rows(
                    LineWalk.along(scores, 1),
                    arguments.input(labels).tensor(),
                    call.attributes().findInteger("ignore_index"),
                    arguments.inputs().containsKey(weights)
                            ? Optional.of(arguments.input(weights).tensor())
                            : Optional.empty());
        }

        long label(int row) {
            return labels.dtype().decodeLong(labels.codeAt(labels.position(row)));
        }

        boolean counts(int row) {
            long label = label(row);
            boolean ignores = ignored.isPresent() && label == ignored.getAsLong();
            return !ignores && label >= 0 && label < lines.length();
        }

        double weight(int row) {
            return weights.isPresent() ? weights.get().get(label(row)) : 1;
        }

        /// What a mean is divided by.
        double divisor(Arithmetic m) {
            double[] all = new double[lines.count()];
            long counted = 0;
            for (int row = 0; row < all.length; row++) {
                all[row] = counts(row) ? weight(row) : 0;
                counted += counts(row) ? 1 : 0;
            }
            return weights.isPresent() ? m.sum(all, all.length) : (double) counted;
        }
    }

    /// The loss of a row that counts, before it is weighted.
    @FunctionalInterface
    private interface RowLoss {
        double of(int row, int label);
    }

    private static void losses(Call call, Rows rows, Tensor output, Arithmetic m, RowLoss loss) {
        double[] all = new double[rows.lines().count()];
        Parallel.forEach(all.length, row -> {
            if (rows.counts(row)) {
                double plain = loss.of(row, Math.toIntExact(rows.label(row)));
                all[row] = rows.weights().isPresent() ? m.multiply(rows.weight(row), plain) : plain;
            }
        });
        String reduction = call.attributes().text("reduction");
        if (reduction.equals("none")) {
            for (int row = 0; row < all.length; row++) {
                set(output, row, all[row]);
            }
            return;
        }
        double sum = m.sum(all, all.length);
        set(output, 0, reduction.equals("sum") ? sum : m.divide(sum, rows.divisor(m)));
    }

    private static void set(Tensor tensor, long at, double value) {
        tensor.set(at, Double.isNaN(value) ? Double.NaN : value);
    }

    private static SharedKernel softmaxCrossEntropy(Call call, Arithmetic m) {
        Shape shape = call.input("scores").shape();
        return arguments -> {
            Rows rows = Rows.of(call, arguments, shape, "labels", "weights");
            Tensor scores = arguments.input("scores").tensor();
            if (arguments.outputs().containsKey("log_prob")) {
                Tensor logs = arguments.output("log_prob").tensor();
                rows.lines().forEach(row -> {
                    double[] x = read(rows, scores, row);
                    SoftmaxKernels.logSoftmax(x, m);
                    rows.lines().write(logs, row, x);
                });
            }
            losses(call, rows, arguments.output("output").tensor(), m, (row, label) -> {
                double[] x = read(rows, scores, row);
                SoftmaxKernels.logSoftmax(x, m);
                return -x[label];
            });
        };
    }

    private static double[] read(Rows rows, Tensor tensor, int row) {
        double[] x = new double[rows.lines().length()];
        rows.lines().read(tensor, row, x);
        return x;
    }

    private static SharedKernel likelihood(Call call, Arithmetic m) {
        Shape shape = call.input("input").shape();
        return arguments -> {
            Rows rows = Rows.of(call, arguments, shape, "target", "weight");
            Tensor input = arguments.input("input").tensor();
            losses(
                    call,
                    rows,
                    arguments.output("loss").tensor(),
                    m,
                    (row, label) -> -input.get(rows.lines().number(row, label)));
        };
    }

    private static SharedKernel crossEntropy(Call call, Arithmetic m) {
        Shape shape = call.input("logits").shape();
        double smoothing = call.attributes().real("label_smoothing");
        double z = m.round(call.attributes().real("z_loss"));
        return arguments -> {
            Rows rows = Rows.of(call, arguments, shape, "labels", "");
            Tensor logits = arguments.input("logits").tensor();
            losses(call, rows, arguments.output("loss").tensor(), m, (row, label) -> {
                double[] x = read(rows, logits, row);
                double lse = logSumExp(x, m);
                double loss = m.subtract(lse, x[label]);
                if (smoothing > 0) {
                    double mean = m.divide(m.sum(x, x.length), x.length);
                    double smooth = m.multiply(m.round(smoothing), m.subtract(lse, mean));
                    loss = m.add(m.multiply(m.subtract(1, m.round(smoothing)), loss), smooth);
                }
                return z > 0 ? m.add(loss, m.multiply(z, m.multiply(lse, lse))) : loss;
            });
        };
    }

    /// Not shifted by anything else where the largest is infinite, so that the row becomes NaN.
    private static double logSumExp(double[] x, Arithmetic m) {
        double largest = m.largest(x, x.length);
        double[] e = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            e[i] = m.exp(m.subtract(x[i], largest));
        }
        return m.add(m.log(m.sum(e, e.length)), largest);
    }

    /// The gradient of a row's loss with respect to its scores, given the gradient of that loss.
    @FunctionalInterface
    private interface RowGradient {
        void of(int row, int label, double upstream, double[] into);
    }

    private static void gradients(
            Call call, Rows rows, Arguments arguments, Tensor output, Arithmetic m, RowGradient gradient) {
        Tensor dy = arguments.input("dY").tensor();
        String reduction = call.attributes().text("reduction");
        double divisor = reduction.equals("mean") ? rows.divisor(m) : 1;
        rows.lines().forEach(row -> {
            double[] result = new double[rows.lines().length()];
            if (rows.counts(row)) {
                double g = m.round(dy.get(reduction.equals("none") ? row : 0));
                g = rows.weights().isPresent() ? m.multiply(g, rows.weight(row)) : g;
                g = reduction.equals("mean") ? m.divide(g, divisor) : g;
                gradient.of(row, Math.toIntExact(rows.label(row)), g, result);
            }
            rows.lines().write(output, row, result);
        });
    }

    private static SharedKernel softmaxCrossEntropyGrad(Call call, Arithmetic m) {
        Shape shape = call.input("log_prob").shape();
        return arguments -> {
            Rows rows = Rows.of(call, arguments, shape, "labels", "weights");
            Tensor logs = arguments.input("log_prob").tensor();
            gradients(call, rows, arguments, arguments.output("dscores").tensor(), m, (row, label, g, into) -> {
                rows.lines().read(logs, row, into);
                for (int i = 0; i < into.length; i++) {
                    double p = m.exp(into[i]);
                    into[i] = m.multiply(i == label ? m.subtract(p, 1) : p, g);
                }
            });
        };
    }

    private static SharedKernel likelihoodGrad(Call call, Arithmetic m) {
        Shape shape = call.output("dinput").shape();
        return arguments -> {
            Rows rows = Rows.of(call, arguments, shape, "target", "weight");
            gradients(
                    call,
                    rows,
                    arguments,
                    arguments.output("dinput").tensor(),
                    m,
                    (row, label, g, into) -> into[label] = -g);
        };
    }

    private static SharedKernel crossEntropyGrad(Call call, Arithmetic m) {
        Shape shape = call.input("logits").shape();
        double smoothing = call.attributes().real("label_smoothing");
        double z = call.attributes().real("z_loss");
        return arguments -> {
            Rows rows = Rows.of(call, arguments, shape, "labels", "");
            Tensor logits = arguments.input("logits").tensor();
            gradients(call, rows, arguments, arguments.output("dlogits").tensor(), m, (row, label, g, into) -> {
                rows.lines().read(logits, row, into);
                double largest = m.largest(into, into.length);
                double[] e = new double[into.length];
                for (int i = 0; i < e.length; i++) {
                    e[i] = m.exp(m.subtract(into[i], largest));
                }
                double sum = m.sum(e, e.length);
                double lse = z > 0 ? m.add(m.log(sum), largest) : 0;
                double factor = z > 0 ? m.multiplyAdd(m.round(2 * z), lse, 1) : 1;
                double share = m.round(smoothing / into.length);
                for (int i = 0; i < into.length; i++) {
                    double p = m.divide(e[i], sum);
                    p = z > 0 ? m.multiply(p, factor) : p;
                    p = smoothing > 0 ? m.subtract(p, share) : p;
                    p = i == label ? m.subtract(p, m.subtract(1, m.round(smoothing))) : p;
                    into[i] = m.multiply(p, g);
                }
            });
        };
    }
}
