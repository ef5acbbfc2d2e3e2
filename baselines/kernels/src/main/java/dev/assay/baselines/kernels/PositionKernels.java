package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Position embeddings.
final class PositionKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of("rotary_embedding", PositionKernels::rotary);

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
