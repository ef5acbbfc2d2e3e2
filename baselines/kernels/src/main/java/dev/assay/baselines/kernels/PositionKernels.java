package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Position embeddings.
final class PositionKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "rotary_embedding", PositionKernels::rotary,
            "rope", PositionKernels::rope,
            "rope_in_place", PositionKernels::rope);

    private PositionKernels() {}

    /// Takes head after head and turns its pairs as complex numbers.
    private static SharedKernel rotary(Call call, Arithmetic arithmetic) {
        Shape x = call.input("X").shape();
        boolean flat = x.rank() == 3;
        long heads = flat ? call.attributes().integer("num_heads") : x.dim(1);
        long tokens = flat ? x.dim(1) : x.dim(2);
        int size = Math.toIntExact(flat ? x.dim(2) / heads : x.dim(3));
        int asked = Math.toIntExact(call.attributes().integer("rotary_embedding_dim"));
        int half = (asked == 0 ? size : asked) / 2;
        boolean neighbours = call.attributes().integer("interleaved") == 1;
        List<Long> ids = call.constants().getOrDefault("position_ids", List.of());
        return arguments -> {
            Tensor from = arguments.input("X").tensor();
            Tensor to = arguments.output("Y").tensor();
            Tensor cosines = arguments.input("cos_cache").tensor();
            Tensor sines = arguments.input("sin_cache").tensor();
            double[] cos = new double[half];
            double[] sin = new double[half];
            double[] head = new double[size];
            for (long b = 0; b < x.dim(0); b++) {
                for (long s = 0; s < tokens; s++) {
                    long token = b * tokens + s;
                    long row = ids.isEmpty() ? token : ids.get(Math.toIntExact(token));
                    cosines.decode(row * half, half, cos, 0);
                    sines.decode(row * half, half, sin, 0);
                    for (long h = 0; h < heads; h++) {
                        long start = (flat ? token * heads + h : (b * heads + h) * tokens + s) * size;
                        from.decode(start, size, head, 0);
                        turn(head, half, neighbours, cos, sin, arithmetic);
                        to.encode(start, size, head, 0);
                    }
                }
            }
        };
    }

    /// Works out the angles of each token, then turns all its heads.
    private static SharedKernel rope(Call call, Arithmetic arithmetic) {
        Shape q = call.input("q").shape();
        int size = Math.toIntExact(q.dim(2));
        int asked = Math.toIntExact(call.attributes().integer("rotary_dim"));
        int half = (asked == 0 ? size : asked) / 2;
        double[] frequencies = frequencies(call, half, arithmetic);
        double factor = call.attributes().real("yarn_factor");
        double magnitude = factor > 1
                ? arithmetic.multiply(
                        call.attributes().real("attention_factor"),
                        arithmetic.multiplyAdd(0.1, arithmetic.log(factor), 1))
                : 1;
        int[] rows = new int[half];
        if (call.attributes().has("sections")) {
            List<Long> sections = call.attributes().integers("sections");
            for (int i = 0; i < half; i++) {
                rows[i] = i < sections.get(0) ? 0 : i < sections.get(0) + sections.get(1) ? 1 : 2;
            }
        }
        boolean neighbours = call.attributes().text("layout").equals("gptj");
        return arguments -> {
            Tensor positions = arguments.input("positions").tensor();
            Parallel.forEach(Math.toIntExact(q.dim(0)), token -> {
                double[] cos = new double[half];
                double[] sin = new double[half];
                for (int i = 0; i < half; i++) {
                    double angle = arithmetic.multiply(positions.get(rows[i] * q.dim(0) + token), frequencies[i]);
                    cos[i] = arithmetic.multiply(magnitude, arithmetic.cos(angle));
                    sin[i] = arithmetic.multiply(magnitude, arithmetic.sin(angle));
                }
                for (String name : List.of("q", "k")) {
                    if (!call.hasInput(name) || !call.hasOutput(name + "_out")) {
                        continue;
                    }
                    Tensor from = arguments.input(name).tensor();
                    Tensor to = arguments.output(name + "_out").tensor();
                    long heads = from.shape().dim(1);
                    double[] head = new double[size];
                    for (long h = 0; h < heads; h++) {
                        from.decode((token * heads + h) * size, size, head, 0);
                        turn(head, half, neighbours, cos, sin, arithmetic);
                        to.encode((token * heads + h) * size, size, head, 0);
                    }
                }
            });
        };
    }

    private static double[] frequencies(Call call, int half, Arithmetic arithmetic) {
        double theta = call.attributes().real("theta");
        double factor = call.attributes().real("yarn_factor");
        double[] frequencies = new double[half];
        for (int i = 0; i < half; i++) {
            double power = arithmetic.pow(theta, arithmetic.divide(i, half));
            frequencies[i] = arithmetic.divide(1, power);
            if (factor > 1) {
                double shrunk = arithmetic.divide(1, arithmetic.multiply(factor, power));
                double left = arithmetic.subtract(1, ramp(call, i, half, arithmetic));
                frequencies[i] = arithmetic.add(
                        arithmetic.multiply(shrunk, arithmetic.subtract(1, left)),
                        arithmetic.multiply(frequencies[i], left));
            }
        }
        return frequencies;
    }

    /// How far pair i is on the way from those that turn fast to those that turn slowly. The ends are whole numbers
    /// that the host works out.
    private static double ramp(Call call, int i, int half, Arithmetic arithmetic) {
        double first = Math.max(0, Math.floor(pair(call, "beta_fast", half)));
        double last = Math.min(2.0 * half - 1, Math.ceil(pair(call, "beta_slow", half)));
        double length = last > first ? last - first : 0.001;
        return Math.clamp(arithmetic.divide(i - first, length), 0, 1);
    }

    private static double pair(Call call, String turns, int half) {
        double waves = (double) call.attributes().integer("original_positions")
                / (2 * Math.PI * call.attributes().real(turns));
        return half * Math.log(waves) / Math.log(call.attributes().real("theta"));
    }

    /// Turns the pairs of a head in place.
    static void turn(double[] head, int half, boolean neighbours, double[] cos, double[] sin, Arithmetic arithmetic) {
        for (int p = 0; p < half; p++) {
            int re = neighbours ? 2 * p : p;
            int im = neighbours ? re + 1 : p + half;
            double a = head[re];
            double b = head[im];
            head[re] = canonical(arithmetic.multiplyAdd(a, cos[p], arithmetic.multiply(-b, sin[p])));
            head[im] = canonical(arithmetic.multiplyAdd(b, cos[p], arithmetic.multiply(a, sin[p])));
        }
    }

    /// One NaN for all: which payload survives depends on what the JVM has compiled.
    private static double canonical(double value) {
        return Double.isNaN(value) ? Double.NaN : value;
    }
}
