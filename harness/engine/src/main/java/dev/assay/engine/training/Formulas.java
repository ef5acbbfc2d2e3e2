package dev.assay.engine.training;

import dev.assay.backend.Call;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.Matrix;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// What the operators of a training step compute, in f64 on whole arrays: the textbook formula of each,
/// without an error model. The operators' own references, which have one, hold each of them to its meaning in
/// the tests.
final class Formulas {
    private static final double CLIP_GUARD = 1e-6;

    private static final Map<String, BiConsumer<Call, Function<String, double[]>>> ALL = Map.ofEntries(
            Map.entry("embedding", Formulas::embedding),
            Map.entry("embedding_grad", Formulas::embeddingGrad),
            Map.entry("add", (call, of) -> add(of)),
            Map.entry("rms_normalization", Formulas::norm),
            Map.entry("rms_normalization_grad", Formulas::normGrad),
            Map.entry("linear", Formulas::linear),
            Map.entry("linear_grad", Formulas::linearGrad),
            Map.entry("attention", (call, of) -> new AttentionFormula(call, of).forward()),
            Map.entry("attention_grad", (call, of) -> new AttentionFormula(call, of).backward()),
            Map.entry("swiglu", (call, of) -> swiglu(of)),
            Map.entry("swiglu_grad", (call, of) -> swigluGrad(of)),
            Map.entry("dropout", (call, of) -> dropout(of, "data", "output")),
            Map.entry("dropout_grad", (call, of) -> dropout(of, "dY", "dX")),
            Map.entry("cross_entropy", Formulas::loss),
            Map.entry("cross_entropy_grad", Formulas::lossGrad),
            Map.entry("grad_accumulate", Formulas::accumulate),
            Map.entry("clip_grad_norm", Formulas::clip),
            Map.entry("adamw", Formulas::adamw));

    private Formulas() {}

    /// Computes the outputs of a call.
    ///
    /// @param of arrays of inputs and outputs by name; the mask of a dropout is given, not computed
    static void compute(Call call, Function<String, double[]> of) {
        BiConsumer<Call, Function<String, double[]>> formula = ALL.get(call.operator());
        if (formula == null) {
            throw new IllegalArgumentException("no formula for " + call.operator());
        }
        formula.accept(call, of);
    }

    /// Terms of each sum that makes an output.
    static int terms(Call call, String output) {
        return switch (call.operator()) {
            case "linear" -> last(call, "W");
            case "linear_grad" -> output.equals("dX") ? size(call, "W", 0) : tokens(call, "X");
            case "attention", "attention_grad" -> 2 * size(call, "Q", 1);
            case "rms_normalization_grad" -> output.equals("dX") ? last(call, "X") : tokens(call, "X");
            case "embedding_grad" -> 4;
            case "rms_normalization", "cross_entropy", "cross_entropy_grad" -> 16;
            default -> 1;
        };
    }

    private static int size(Call call, String input, int axis) {
        return Math.toIntExact(call.input(input).shape().dim(axis));
    }

    private static int last(Call call, String input) {
        return size(call, input, -1);
    }

    /// Rows of a tensor.
    private static int tokens(Call call, String input) {
        return Math.toIntExact(call.input(input).shape().elements() / last(call, input));
    }

    /// A whole number that was kept as a double.
    private static int at(double number) {
        return (int) number;
    }

    private static void embedding(Call call, Function<String, double[]> of) {
        int width = last(call, "table");
        double[] ids = of.apply("ids");
        double[] table = of.apply("table");
        double[] embedded = of.apply("embedded");
        for (int t = 0; t < ids.length; t++) {
            System.arraycopy(table, at(ids[t]) * width, embedded, t * width, width);
        }
    }

    private static void embeddingGrad(Call call, Function<String, double[]> of) {
        int width = last(call, "dY");
        double[] ids = of.apply("ids");
        double[] d = of.apply("dY");
        double[] table = of.apply("dtable");
        Arrays.fill(table, 0);
        for (int t = 0; t < ids.length; t++) {
            for (int c = 0; c < width; c++) {
                table[at(ids[t]) * width + c] += d[t * width + c];
            }
        }
    }

    private static void add(Function<String, double[]> of) {
        double[] a = of.apply("A");
        double[] b = of.apply("B");
        double[] c = of.apply("C");
        for (int i = 0; i < c.length; i++) {
            c[i] = a[i] + b[i];
        }
    }

    /// Of a row: `1 / sqrt(mean(x²) + epsilon)`.
    private static double inverse(double[] x, int from, int width, double epsilon) {
        double squares = 0;
        for (int c = from; c < from + width; c++) {
            squares += x[c] * x[c];
        }
        return 1 / Math.sqrt(squares / width + epsilon);
    }

    private static void norm(Call call, Function<String, double[]> of) {
        int width = last(call, "X");
        double[] x = of.apply("X");
        double[] scale = of.apply("scale");
        double[] y = of.apply("Y");
        for (int from = 0; from < x.length; from += width) {
            double r = inverse(x, from, width, call.attributes().real("epsilon"));
            for (int c = 0; c < width; c++) {
                y[from + c] = x[from + c] * r * scale[c];
            }
        }
    }

    private static void normGrad(Call call, Function<String, double[]> of) {
        int width = last(call, "X");
        double[] x = of.apply("X");
        double[] d = of.apply("dY");
        double[] scale = of.apply("scale");
        double[] dx = of.apply("dX");
        double[] dscale = of.apply("dscale");
        Arrays.fill(dscale, 0);
        for (int from = 0; from < x.length; from += width) {
            double r = inverse(x, from, width, call.attributes().real("epsilon"));
            double along = 0;
            for (int c = 0; c < width; c++) {
                double n = x[from + c] * r;
                dscale[c] += d[from + c] * n;
                along += d[from + c] * scale[c] * n;
            }
            for (int c = 0; c < width; c++) {
                dx[from + c] = r * (d[from + c] * scale[c] - x[from + c] * r * along / width);
            }
        }
    }

    private static void linear(Call call, Function<String, double[]> of) {
        int k = last(call, "W");
        int n = size(call, "W", 0);
        Matrix x = Matrix.of(of.apply("X"), 0, k);
        Matrix w = Matrix.of(of.apply("W"), 0, k);
        Gemm.multiply(x, w.transposed(), tokens(call, "X"), n, k, of.apply("Y"), 0, n);
    }

    private static void linearGrad(Call call, Function<String, double[]> of) {
        int k = last(call, "W");
        int n = size(call, "W", 0);
        int rows = tokens(call, "X");
        Matrix d = Matrix.of(of.apply("dY"), 0, n);
        Gemm.multiply(d, Matrix.of(of.apply("W"), 0, k), rows, k, n, of.apply("dX"), 0, k);
        double[] dw = of.apply("dW");
        Gemm.multiply(d.transposed(), Matrix.of(of.apply("X"), 0, k), n, k, rows, dw, 0, k);
        if (call.hasInput("dW_sum")) {
            double[] sum = of.apply("dW_sum");
            for (int i = 0; i < dw.length; i++) {
                dw[i] += sum[i];
            }
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static void swiglu(Function<String, double[]> of) {
        double[] a = of.apply("A");
        double[] b = of.apply("B");
        double[] y = of.apply("Y");
        for (int i = 0; i < y.length; i++) {
            y[i] = a[i] * sigmoid(a[i]) * b[i];
        }
    }

    private static void swigluGrad(Function<String, double[]> of) {
        double[] a = of.apply("A");
        double[] b = of.apply("B");
        double[] d = of.apply("dY");
        double[] da = of.apply("dA");
        double[] db = of.apply("dB");
        for (int i = 0; i < d.length; i++) {
            double s = sigmoid(a[i]);
            da[i] = d[i] * b[i] * s * (1 + a[i] * (1 - s));
            db[i] = d[i] * a[i] * s;
        }
    }

    private static void dropout(Function<String, double[]> of, String input, String output) {
        double[] mask = of.apply("mask");
        double[] x = of.apply(input);
        double[] y = of.apply(output);
        double scale = 1 / (1 - of.apply("ratio")[0]);
        for (int i = 0; i < y.length; i++) {
            y[i] = mask[i] == 0 ? 0 : x[i] * scale;
        }
    }

    /// Logarithm of the sum of exponentials of a row.
    private static double logSum(double[] x, int from, int width) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int c = from; c < from + width; c++) {
            largest = Math.max(largest, x[c]);
        }
        double sum = 0;
        for (int c = from; c < from + width; c++) {
            sum += Math.exp(x[c] - largest);
        }
        return largest + Math.log(sum);
    }

    private static void loss(Call call, Function<String, double[]> of) {
        int width = last(call, "logits");
        double[] x = of.apply("logits");
        double[] labels = of.apply("labels");
        double sum = 0;
        for (int row = 0; row < labels.length; row++) {
            sum += logSum(x, row * width, width) - x[row * width + at(labels[row])];
        }
        of.apply("loss")[0] = sum / labels.length;
    }

    private static void lossGrad(Call call, Function<String, double[]> of) {
        int width = last(call, "logits");
        double[] x = of.apply("logits");
        double[] labels = of.apply("labels");
        double[] d = of.apply("dlogits");
        double upstream = of.apply("dY")[0] / labels.length;
        for (int row = 0; row < labels.length; row++) {
            double logSum = logSum(x, row * width, width);
            for (int c = 0; c < width; c++) {
                double target = c == at(labels[row]) ? 1 : 0;
                d[row * width + c] = upstream * (Math.exp(x[row * width + c] - logSum) - target);
            }
        }
    }

    private static void accumulate(Call call, Function<String, double[]> of) {
        double[] sum = of.apply("main_grad");
        double[] part = of.apply("grad");
        double[] out = of.apply("main_grad_out");
        double scale = call.attributes().real("scale");
        for (int i = 0; i < out.length; i++) {
            out[i] = sum[i] + scale * part[i];
        }
    }

    private static void clip(Call call, Function<String, double[]> of) {
        int members = call.members("grads").size();
        double squares = 0;
        for (int m = 0; m < members; m++) {
            for (double g : of.apply(Call.member("grads", m))) {
                squares += g * g;
            }
        }
        double norm = Math.sqrt(squares);
        of.apply("total_norm")[0] = norm;
        double factor = Math.min(1, call.attributes().real("max_norm") / (norm + CLIP_GUARD));
        for (int m = 0; m < members; m++) {
            double[] from = of.apply(Call.member("grads", m));
            double[] to = of.apply(Call.member("grads_out", m));
            for (int i = 0; i < to.length; i++) {
                to[i] = from[i] * factor;
            }
        }
    }

    private static void adamw(Call call, Function<String, double[]> of) {
        boolean masters = call.hasInput("master");
        double[] param = of.apply(masters ? "master" : "param");
        double[] grad = of.apply("grad");
        double[] m = of.apply("exp_avg");
        double[] v = of.apply("exp_avg_sq");
        double[] out = of.apply(masters ? "master_out" : "param_out");
        double[] mOut = of.apply("exp_avg_out");
        double[] vOut = of.apply("exp_avg_sq_out");
        double beta1 = call.attributes().real("beta1");
        double beta2 = call.attributes().real("beta2");
        double rate = call.attributes().real("lr");
        double stays = 1 - rate * call.attributes().real("weight_decay");
        double epsilon = call.attributes().real("eps");
        double step = call.constants().getOrDefault("step", List.of()).getFirst();
        double first = 1 - Math.pow(beta1, step);
        double second = Math.sqrt(1 - Math.pow(beta2, step));
        for (int i = 0; i < out.length; i++) {
            double average = beta1 * m[i] + (1 - beta1) * grad[i];
            double squares = beta2 * v[i] + (1 - beta2) * grad[i] * grad[i];
            out[i] = param[i] * stays - rate / first * average / (Math.sqrt(squares) / second + epsilon);
            mOut[i] = average;
            vOut[i] = squares;
        }
        if (masters) {
            System.arraycopy(out, 0, of.apply("param_out"), 0, out.length);
        }
    }
}
