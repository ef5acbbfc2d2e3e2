package dev.assay.baselines.simulated;

import dev.assay.backend.Attribute;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.operator.CallBuilder;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Calls and inputs that between them reach every branch of the kernels.
final class Samples {
    static final List<DType> NARROW = List.of(DType.F32, DType.F16, DType.BF16);

    private Samples() {}

    static Backend open(String... options) {
        Map<String, String> values = new java.util.TreeMap<>();
        for (int i = 0; i < options.length; i += 2) {
            values.put(options[i], options[i + 1]);
        }
        return new SimulatedBackendProvider().open(BackendOptions.of(values));
    }

    static List<Exam> everything() {
        List<Exam> all = new ArrayList<>();
        all.addAll(matmul());
        all.addAll(attention());
        all.addAll(normalization());
        return all;
    }

    /// Fewer and quicker ones, on each of which some deviation shows.
    static List<Exam> selection() {
        List<Exam> all = new ArrayList<>();
        for (DType dtype : NARROW) {
            for (String fill : List.of("normal", "integers", "cancelling", "overflow")) {
                all.add(Exam.matmul(dtype, 5, 333, 37, fill));
            }
            all.add(Exam.matmul(dtype, 1, 40, 300, "integers"));
            all.add(Exam.matmul(dtype, 2, 4099, 3, "integers(0,3)"));
            all.add(transposed(dtype));
            all.add(transposed(dtype, "integers"));
            all.add(Exam.matmul(dtype, 29, 200, 37, "specials"));
            all.add(Exam.matmul(dtype, 3, 5, 4, "normal").set("A", 0, 0).set("B", 0, Double.POSITIVE_INFINITY));
            all.add(Exam.matmul(dtype, 20, 300, 24, "lognormal(2)"));
            all.add(layout(TensorSpec.of(dtype, 2, 1, 4, 60), TensorSpec.of(dtype, 3, 60, 5)));
            all.add(Exam.matmul(dtype, 6, 33, 12, dtype == DType.F16 ? "normal(0,1e-3)" : "normal(0,1e-19)"));
            all.add(new Exam(attention(dtype, 2, 2, 1, 5, 64, 16).build(), "normal"));
            for (String fill : List.of("normal", "peaky(40)", "outliers", "specials")) {
                all.add(new Exam(attention(dtype, 1, 4, 2, 14, 150, 24).build(), fill));
            }
            all.add(new Exam(causal(attention(dtype, 1, 2, 1, 30, 65, 16)).build(), "boundary-seeking"));
            all.add(attentionOptions(dtype).get(1));
            all.add(new Exam(masked(dtype, DType.BOOL, 1).build(), "normal"));
            all.add(hiddenNan(dtype));
            all.addAll(attentionOptions(dtype).subList(9, 14));
            for (String fill : List.of("normal", "large-mean(1000)", "tiny-variance", "outliers", "specials")) {
                all.add(new Exam(normalization(dtype, 12, 129).build(), fill));
            }
            all.add(largeEpsilon(dtype));
        }
        return all;
    }

    /// Sizes around the chips' tiles (32, 64, 128, 256), nothing to do, nothing to sum, one row, one column, long
    /// sums.
    static List<Exam> matmul() {
        List<Exam> all = new ArrayList<>();
        long[][] sizes = {
            {0, 5, 3},
            {3, 5, 0},
            {3, 0, 4},
            {1, 1, 1},
            {1, 257, 65},
            {65, 129, 1},
            {127, 64, 129},
            {128, 65, 127},
            {129, 63, 128},
            {17, 31, 16},
            {2, 33, 257},
            {5, 8192, 3}
        };
        String[] fills = {"normal", "integers"};
        for (DType dtype : NARROW) {
            for (long[] size : sizes) {
                for (String fill : fills) {
                    all.add(Exam.matmul(dtype, size[0], size[1], size[2], fill));
                }
            }
            for (String fill : List.of(
                    "uniform(0,1)",
                    "uniform",
                    "integers(-40,40)",
                    "cancelling",
                    "outliers",
                    "lognormal",
                    "specials",
                    "overflow")) {
                all.add(Exam.matmul(dtype, 29, 200, 37, fill));
            }
        }
        for (String fill : List.of("normal", "integers", "cancelling", "outliers", "specials", "overflow")) {
            all.add(Exam.matmul(DType.F64, 9, 100, 11, fill));
        }
        all.add(Exam.matmul(DType.F64, 3, 0, 2, "normal"));
        all.add(layout(TensorSpec.of(DType.F32, 65), TensorSpec.of(DType.F32, 65, 19)));
        all.add(layout(TensorSpec.of(DType.BF16, 2, 3, 65), TensorSpec.of(DType.BF16, 65)));
        all.add(layout(TensorSpec.of(DType.F32, 65), TensorSpec.of(DType.F32, 65)));
        all.add(layout(TensorSpec.of(DType.F16, 2, 1, 4, 6), TensorSpec.of(DType.F16, 3, 6, 5)));
        all.add(transposed(DType.F32));
        all.add(transposed(DType.F16));
        all.add(layout(
                new TensorSpec(DType.F32, Shape.of(5, 7), List.of(10L, 1L)),
                new TensorSpec(DType.F32, Shape.of(7, 4), List.of(0L, 1L))));
        return all;
    }

    static Exam transposed(DType dtype) {
        return transposed(dtype, "normal");
    }

    private static Exam transposed(DType dtype, String fill) {
        TensorSpec a = TensorSpec.of(dtype, 55, 21).transposed(0, 1);
        TensorSpec b = TensorSpec.of(dtype, 34, 55).transposed(0, 1);
        return new Exam(Exam.call("matmul").input("A", a).input("B", b).build(), fill);
    }

    private static Exam layout(TensorSpec a, TensorSpec b) {
        return new Exam(Exam.call("matmul").input("A", a).input("B", b).build(), "normal");
    }

    /// b batches, h query heads on g key heads, s queries, t keys, head size d.
    static CallBuilder attention(DType dtype, long b, long h, long g, long s, long t, long d) {
        return Exam.call("attention")
                .input("Q", TensorSpec.of(dtype, b, h, s, d))
                .input("K", TensorSpec.of(dtype, b, g, t, d))
                .input("V", TensorSpec.of(dtype, b, g, t, d));
    }

    static CallBuilder causal(CallBuilder call) {
        return call.attribute("is_causal", new Attribute.Int(1));
    }

    static List<Exam> attention() {
        List<Exam> all = new ArrayList<>();
        for (DType dtype : NARROW) {
            all.add(new Exam(attention(dtype, 1, 1, 1, 1, 1, 1).build(), "normal"));
            all.add(new Exam(attention(dtype, 1, 2, 1, 1, 257, 64).build(), "normal"));
            all.add(new Exam(attention(dtype, 1, 3, 3, 63, 65, 31).build(), "uniform"));
            all.add(new Exam(attention(dtype, 2, 6, 2, 7, 13, 8).build(), "integers"));
            all.add(new Exam(attention(dtype, 0, 2, 1, 4, 4, 8).build(), "normal"));
            all.add(new Exam(attention(dtype, 1, 2, 1, 3, 0, 8).build(), "normal"));
            all.add(new Exam(attention(dtype, 1, 1, 1, 2, 2000, 16).build(), "normal"));
            all.add(new Exam(causal(attention(dtype, 1, 2, 2, 64, 64, 32)).build(), "boundary-seeking"));
            all.add(new Exam(causal(attention(dtype, 1, 2, 1, 65, 129, 16)).build(), "boundary-seeking"));
            all.add(new Exam(causal(attention(dtype, 1, 2, 1, 40, 30, 16)).build(), "normal"));
            for (String fill : List.of(
                    "normal", "cancelling", "outliers", "peaky", "peaky(40)", "lognormal", "specials", "overflow")) {
                all.add(new Exam(attention(dtype, 1, 4, 2, 14, 70, 24).build(), fill));
            }
            all.addAll(attentionOptions(dtype));
        }
        all.add(new Exam(
                Exam.call("attention")
                        .input("Q", TensorSpec.of(DType.F32, 1, 2, 5, 8))
                        .input("K", TensorSpec.of(DType.F32, 1, 2, 70, 8))
                        .input("V", TensorSpec.of(DType.BF16, 1, 2, 70, 4))
                        .build(),
                "normal"));
        return all;
    }

    private static List<Exam> attentionOptions(DType dtype) {
        List<Exam> all = new ArrayList<>();
        for (long mode = 0; mode < 4; mode++) {
            CallBuilder call = attention(dtype, 1, 2, 1, 5, 90, 12)
                    .attribute("qk_matmul_output_mode", new Attribute.Int(mode))
                    .attribute("softcap", new Attribute.Real(3))
                    .attribute("scale", new Attribute.Real(0.3))
                    .output("qk_matmul_output");
            all.add(new Exam(call.build(), mode % 2 == 0 ? "normal" : "outliers"));
            all.add(new Exam(masked(dtype, DType.BOOL, mode).build(), mode == 1 ? "specials" : "normal"));
            all.add(new Exam(masked(dtype, dtype, mode).build(), mode == 2 ? "specials" : "peaky"));
        }
        all.add(new Exam(
                causal(Exam.call("attention")
                                .input("Q", TensorSpec.of(dtype, 2, 5, 4 * 8))
                                .input("K", TensorSpec.of(dtype, 2, 6, 2 * 8))
                                .input("V", TensorSpec.of(dtype, 2, 6, 2 * 5))
                                .input("past_key", TensorSpec.of(dtype, 2, 2, 61, 8))
                                .input("past_value", TensorSpec.of(dtype, 2, 2, 61, 5))
                                .attribute("q_num_heads", new Attribute.Int(4))
                                .attribute("kv_num_heads", new Attribute.Int(2)))
                        .output("present_key")
                        .output("present_value")
                        .build(),
                "normal"));
        all.add(emptyRows(dtype));
        return all;
    }

    /// Some queries see no key: of the first batch none is in use, of the second the first queries come too early.
    static Exam emptyRows(DType dtype) {
        return new Exam(
                causal(attention(dtype, 3, 2, 1, 6, 20, 8))
                        .constant("nonpad_kv_seqlen", TensorSpec.of(DType.I64, 3), List.of(0L, 3L, 20L))
                        .build(),
                "normal");
    }

    /// A key that is not in use has a value that is not a number.
    private static Exam hiddenNan(DType dtype) {
        return new Exam(
                        attention(dtype, 1, 2, 1, 3, 20, 8)
                                .constant("nonpad_kv_seqlen", TensorSpec.of(DType.I64, 1), List.of(7L))
                                .build(),
                        "normal")
                .set("V", 15 * 8, Double.NaN);
    }

    private static CallBuilder masked(DType dtype, DType mask, long mode) {
        long[][] shapes = {{3, 60}, {2, 1, 3, 60}, {4, 3, 60}, {3, 50}};
        return attention(dtype, 2, 4, 2, 3, 60, 8)
                .input("attn_mask", TensorSpec.dense(mask, Shape.of(shapes[(int) mode])))
                .attribute("qk_matmul_output_mode", new Attribute.Int(mode))
                .output("qk_matmul_output");
    }

    /// Rows of h elements.
    static CallBuilder normalization(DType dtype, long rows, long h) {
        return Exam.call("layer_normalization")
                .input("X", TensorSpec.of(dtype, rows, h))
                .input("Scale", TensorSpec.of(dtype, h))
                .input("B", TensorSpec.of(dtype, h))
                .output("Mean")
                .output("InvStdDev");
    }

    static List<Exam> normalization() {
        List<Exam> all = new ArrayList<>();
        long[][] sizes = {{1, 1}, {0, 8}, {3, 0}, {1, 8191}, {65, 2}, {13, 17}, {5, 127}, {5, 129}, {4, 32}};
        for (DType dtype : NARROW) {
            for (long[] size : sizes) {
                all.add(new Exam(normalization(dtype, size[0], size[1]).build(), "normal"));
                all.add(new Exam(normalization(dtype, size[0], size[1]).build(), "integers"));
            }
            for (String fill : List.of(
                    "uniform",
                    "uniform(0,1)",
                    "large-mean(30)",
                    "large-mean(1000)",
                    "tiny-variance",
                    "outliers",
                    "lognormal",
                    "cancelling",
                    "specials",
                    "overflow")) {
                all.add(new Exam(normalization(dtype, 24, 320).build(), fill));
            }
            all.add(largeEpsilon(dtype));
        }
        return all;
    }

    private static Exam largeEpsilon(DType dtype) {
        return new Exam(
                Exam.call("layer_normalization")
                        .input("X", TensorSpec.of(dtype, 2, 3, 4, 5))
                        .input("Scale", TensorSpec.of(dtype, 3, 4, 5))
                        .attribute("axis", new Attribute.Int(1))
                        .attribute("epsilon", new Attribute.Real(0.1))
                        .build(),
                "normal");
    }
}
