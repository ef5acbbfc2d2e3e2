package dev.assay.operator.attention;

import dev.assay.operator.Example;
import dev.assay.operator.attention.NaiveAttention.Array;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/// Sizes and options of a call; what is not said is as in a small one. Changes give copies.
final class AttentionSetup implements Cloneable {
    DType dtype = DType.F32;
    /// Whether heads lie side by side in the last dimension.
    boolean flat;
    /// Batch, query heads, key heads, queries, keys, past keys, head size, head size of the values.
    int b = 2;

    int h = 4;
    int g = 2;
    int s = 5;
    int t = 7;
    int p;
    int d = 8;
    int e = 6;
    boolean causal;
    private Optional<Double> scale = Optional.empty();
    private double softcap;
    private Optional<DType> mask = Optional.empty();
    private List<Integer> maskSizes = List.of();
    private List<Long> used = List.of();
    private int mode;

    private AttentionSetup() {}

    static AttentionSetup small() {
        return new AttentionSetup();
    }

    private AttentionSetup with(Consumer<AttentionSetup> change) {
        try {
            AttentionSetup copy = (AttentionSetup) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    AttentionSetup dtype(DType value) {
        return with(copy -> copy.dtype = value);
    }

    AttentionSetup asFlat() {
        return with(copy -> copy.flat = true);
    }

    AttentionSetup heads(int query, int key) {
        return with(copy -> {
            copy.h = query;
            copy.g = key;
        });
    }

    AttentionSetup lengths(int queries, int keys, int past) {
        return with(copy -> {
            copy.s = queries;
            copy.t = keys;
            copy.p = past;
        });
    }

    AttentionSetup headSizes(int key, int value) {
        return with(copy -> {
            copy.d = key;
            copy.e = value;
        });
    }

    AttentionSetup asCausal() {
        return with(copy -> copy.causal = true);
    }

    AttentionSetup scaled(double value) {
        return with(copy -> copy.scale = Optional.of(value));
    }

    AttentionSetup capped(double value) {
        return with(copy -> copy.softcap = value);
    }

    AttentionSetup masked(DType type, Integer... sizes) {
        return with(copy -> {
            copy.mask = Optional.of(type);
            copy.maskSizes = List.of(sizes);
        });
    }

    AttentionSetup using(Long... lengths) {
        return with(copy -> copy.used = List.of(lengths));
    }

    /// @param value stage of the scores that the call asks for
    AttentionSetup mode(int value) {
        return with(copy -> copy.mode = value);
    }

    Example example() {
        Example example = new Example(new Attention())
                .input("Q", flat ? TensorSpec.of(dtype, b, s, (long) h * d) : TensorSpec.of(dtype, b, h, s, d))
                .input("K", flat ? TensorSpec.of(dtype, b, t, (long) g * d) : TensorSpec.of(dtype, b, g, t, d))
                .input("V", flat ? TensorSpec.of(dtype, b, t, (long) g * e) : TensorSpec.of(dtype, b, g, t, e))
                .attribute("qk_matmul_output_mode", mode)
                .attribute("is_causal", causal ? 1 : 0)
                .output("present_key")
                .output("present_value")
                .output("qk_matmul_output");
        if (p > 0) {
            example.input("past_key", TensorSpec.of(dtype, b, g, p, d))
                    .input("past_value", TensorSpec.of(dtype, b, g, p, e));
        }
        if (flat) {
            example.attribute("q_num_heads", h).attribute("kv_num_heads", g);
        }
        scale.ifPresent(value -> example.attribute("scale", value));
        if (softcap > 0) {
            example.attribute("softcap", softcap);
        }
        mask.ifPresent(type -> example.input(
                "attn_mask",
                TensorSpec.dense(
                        type,
                        Shape.of(maskSizes.stream().map(Integer::longValue).toList()))));
        if (!used.isEmpty()) {
            example.constant(
                    "nonpad_kv_seqlen", used.stream().mapToLong(Long::longValue).toArray());
        }
        return example;
    }

    NaiveAttention naive(Example example) {
        Map<String, Array> arrays = new HashMap<>();
        for (String name : List.of("Q", "K", "V", "past_key", "past_value", "attn_mask")) {
            if (example.inputs().has(name)) {
                int[] dims = LongStream.of(example.tensor(name).shape().toArray())
                        .mapToInt(Math::toIntExact)
                        .toArray();
                arrays.put(name, new Array(example.values(name), dims));
            }
        }
        return new NaiveAttention(
                arrays,
                h,
                g,
                mask.isPresent() && mask.get() == DType.BOOL,
                causal,
                used.isEmpty() ? Optional.empty() : Optional.of(used),
                scale,
                softcap);
    }

    @Override
    public String toString() {
        return dtype + (flat ? " flat" : "") + " b" + b + " h" + h + "/" + g + " s" + s + " t" + p + "+" + t + " d" + d
                + "/" + e + (causal ? " causal" : "") + " scale " + scale + " cap " + softcap + " mask " + mask
                + maskSizes + " used " + used + " mode " + mode;
    }
}
