package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.tensor.Tensor;
import java.util.Map;

/// Softmax and its kin: three passes over a line.
final class SoftmaxKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "softmax", (call, arithmetic) -> along(call, x -> softmax(x, arithmetic)),
            "log_softmax", (call, arithmetic) -> along(call, x -> logSoftmax(x, arithmetic)),
            "hardmax", (call, arithmetic) -> along(call, SoftmaxKernels::hardmax),
            "logsumexp", SoftmaxKernels::logSumExp);

    private SoftmaxKernels() {}

    /// Turns a line into its result, in place.
    @FunctionalInterface
    private interface Rewrite {
        void of(double[] x);
    }

    private static SharedKernel along(Call call, Rewrite rewrite) {
        LineWalk lines =
                LineWalk.along(call.input("input").shape(), call.attributes().integer("axis"));
        return arguments -> {
            Tensor input = arguments.input("input").tensor();
            Tensor output = arguments.output("output").tensor();
            lines.forEach(line -> {
                double[] x = new double[lines.length()];
                lines.read(input, line, x);
                rewrite.of(x);
                lines.write(output, line, x);
            });
        };
    }

    private static double[] exponentials(double[] x, double largest, Arithmetic arithmetic) {
        double[] e = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            e[i] = arithmetic.exp(arithmetic.subtract(x[i], largest));
        }
        return e;
    }

    private static void softmax(double[] x, Arithmetic arithmetic) {
        double[] e = exponentials(x, arithmetic.largest(x, x.length), arithmetic);
        double sum = arithmetic.sum(e, e.length);
        for (int i = 0; i < x.length; i++) {
            x[i] = arithmetic.divide(e[i], sum);
        }
    }

    static void logSoftmax(double[] x, Arithmetic arithmetic) {
        double largest = arithmetic.largest(x, x.length);
        double[] e = exponentials(x, largest, arithmetic);
        double log = arithmetic.log(arithmetic.sum(e, e.length));
        for (int i = 0; i < x.length; i++) {
            x[i] = arithmetic.subtract(arithmetic.subtract(x[i], largest), log);
        }
    }

    /// The shift is by 0 where the largest element is no number, so that infinities stay what they are.
    static double logSumExp(double[] x, Arithmetic arithmetic) {
        double largest = arithmetic.largest(x, x.length);
        double shift = Double.isFinite(largest) ? largest : 0;
        double[] e = exponentials(x, shift, arithmetic);
        return arithmetic.add(arithmetic.log(arithmetic.sum(e, e.length)), shift);
    }

    private static SharedKernel logSumExp(Call call, Arithmetic arithmetic) {
        LineWalk lines =
                LineWalk.along(call.input("X").shape(), call.attributes().integer("axis"));
        return arguments -> {
            Tensor input = arguments.input("X").tensor();
            Tensor output = arguments.output("Y").tensor();
            lines.forEach(line -> {
                double[] x = new double[lines.length()];
                lines.read(input, line, x);
                double result = logSumExp(x, arithmetic);
                output.set(line, Double.isNaN(result) ? Double.NaN : result);
            });
        };
    }

    private static void hardmax(double[] x) {
        int best = 0;
        for (int i = 0; i < x.length; i++) {
            best = x[i] > x[best] ? i : best;
        }
        for (int i = 0; i < x.length; i++) {
            x[i] = i == best ? 1 : 0;
        }
    }
}
