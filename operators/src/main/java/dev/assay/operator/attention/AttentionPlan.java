package dev.assay.operator.attention;

import dev.assay.backend.Call;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.attention.ScaledDotProduct.Stage;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// Sizes of a call: b batches, h query heads, g key heads, s queries, t new keys, p past keys, head sizes d and
/// e.
record AttentionPlan(
        boolean flat,
        long b,
        long h,
        long g,
        int s,
        int t,
        int p,
        int d,
        int e,
        Optional<Shape> mask,
        Optional<List<Long>> used,
        boolean causal,
        double scale,
        double cap,
        Stage scoresStage) {

    int keys() {
        return p + t;
    }

    static AttentionPlan of(Call call) {
        Shape q = call.input("Q").shape();
        Shape k = call.input("K").shape();
        Shape v = call.input("V").shape();
        if (q.rank() != k.rank() || q.rank() != v.rank() || (q.rank() != 3 && q.rank() != 4)) {
            throw invalid("Q, K, V are " + q + ", " + k + ", " + v, "give all three 3 or all three 4 dimensions");
        }
        boolean flat = q.rank() == 3;
        long h = flat ? heads(call, "q_num_heads") : q.dim(1);
        long g = flat ? heads(call, "kv_num_heads") : k.dim(1);
        checkHeads(call, h, g, flat);
        if (flat && (q.dim(2) % h != 0 || k.dim(2) % g != 0 || v.dim(2) % g != 0)) {
            throw invalid(
                    "hidden sizes " + q.dim(2) + ", " + k.dim(2) + ", " + v.dim(2) + " for " + h + " and " + g
                            + " heads",
                    "make them multiples of the numbers of heads");
        }
        long d = flat ? q.dim(2) / h : q.dim(3);
        long dK = flat ? k.dim(2) / g : k.dim(3);
        long e = flat ? v.dim(2) / g : v.dim(3);
        int sequence = flat ? 1 : 2;
        boolean agree = d == dK
                && d > 0
                && q.dim(0) == k.dim(0)
                && q.dim(0) == v.dim(0)
                && k.dim(sequence) == v.dim(sequence)
                && (flat || v.dim(1) == g);
        if (!agree) {
            throw invalid("Q " + q + ", K " + k + ", V " + v, "give them equal batches, head sizes and lengths");
        }
        int past = past(call, q.dim(0), g, d, e);
        AttentionPlan plan = new AttentionPlan(
                flat,
                q.dim(0),
                h,
                g,
                Math.toIntExact(q.dim(sequence)),
                Math.toIntExact(k.dim(sequence)),
                past,
                Math.toIntExact(d),
                Math.toIntExact(e),
                call.hasInput("attn_mask") ? Optional.of(call.input("attn_mask").shape()) : Optional.empty(),
                Optional.ofNullable(call.constants().get("nonpad_kv_seqlen")),
                flag(call, "is_causal"),
                call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) d)),
                cap(call),
                stage(call));
        plan.checkMask(call);
        plan.checkUsed(call);
        return plan;
    }

    private static InvalidCallException invalid(String what, String fix) {
        return new InvalidCallException(what, "attention", fix);
    }

    private static long heads(Call call, String attribute) {
        return call.attributes()
                .findInteger(attribute)
                .orElseThrow(() -> invalid("3-D inputs without " + attribute, "give the attribute " + attribute));
    }

    private static void checkHeads(Call call, long h, long g, boolean flat) {
        if (h < 1 || g < 1 || h % g != 0) {
            throw invalid(h + " query heads and " + g + " key heads", "make the first a multiple of the second");
        }
        for (String attribute : List.of("q_num_heads", "kv_num_heads")) {
            long expected = attribute.startsWith("q") ? h : g;
            long given = call.attributes().findInteger(attribute).orElse(expected);
            if (!flat && given != expected) {
                throw invalid(attribute + " " + given + " with 4-D inputs of " + expected + " heads", "leave it out");
            }
        }
    }

    private static int past(Call call, long b, long g, long d, long e) {
        if (call.hasInput("past_key") != call.hasInput("past_value")) {
            throw invalid("only one of past_key and past_value", "give both or none");
        }
        if (!call.hasInput("past_key")) {
            return 0;
        }
        Shape key = call.input("past_key").shape();
        Shape value = call.input("past_value").shape();
        long p = key.rank() == 4 ? key.dim(2) : -1;
        if (!key.equals(Shape.of(b, g, Math.max(0, p), d)) || !value.equals(Shape.of(b, g, Math.max(0, p), e))) {
            throw invalid(
                    "past_key " + key + ", past_value " + value,
                    "give them the shapes [" + b + "," + g + ",p," + d + "] and [" + b + "," + g + ",p," + e + "]");
        }
        return Math.toIntExact(p);
    }

    private static boolean flag(Call call, String attribute) {
        long value = call.attributes().integer(attribute);
        if (value != 0 && value != 1) {
            throw invalid(attribute + " " + value, "give 0 or 1");
        }
        return value == 1;
    }

    private static double cap(Call call) {
        double cap = call.attributes().real("softcap");
        if (!(cap >= 0)) {
            throw invalid("softcap " + cap, "give a positive number, or 0 for none");
        }
        return cap;
    }

    private static Stage stage(Call call) {
        long mode = call.attributes().integer("qk_matmul_output_mode");
        return switch (mode < 0 || mode > 3 ? -1 : (int) mode) {
            case 0 -> Stage.SCORES;
            case 1 -> Stage.CAPPED;
            case 2 -> Stage.BIASED;
            case 3 -> Stage.PROBABILITIES;
            default -> throw invalid("qk_matmul_output_mode " + mode, "give 0, 1, 2 or 3");
        };
    }

    private void checkMask(Call call) {
        if (mask.isEmpty()) {
            return;
        }
        Shape shape = mask.get();
        DType dtype = call.input("attn_mask").dtype();
        if (dtype != DType.BOOL && dtype != call.input("Q").dtype()) {
            throw invalid("attn_mask is " + dtype + ", Q " + call.input("Q").dtype(), "give bool or the type of Q");
        }
        long[] full = {b, h, s, keys()};
        boolean fits = shape.rank() >= 2 && shape.rank() <= 4;
        for (int i = 1; fits && i <= shape.rank(); i++) {
            long size = shape.dim(-i);
            long target = full[4 - i];
            fits = size == target || (i > 1 && size == 1) || (i == 1 && size < target);
        }
        if (!fits) {
            throw invalid("attn_mask " + shape, "make it broadcast to [" + b + "," + h + "," + s + "," + keys() + "]");
        }
    }

    private void checkUsed(Call call) {
        if (used.isEmpty()) {
            return;
        }
        boolean right = call.input("nonpad_kv_seqlen").shape().equals(Shape.of(b))
                && used.get().size() == b;
        for (long length : used.get()) {
            right &= length >= 0 && length <= keys();
        }
        if (!right) {
            throw invalid("nonpad_kv_seqlen " + used.get(), "give " + b + " numbers from 0 to " + keys());
        }
    }

    Shape presentKey() {
        return Shape.of(b, g, keys(), d);
    }

    Shape presentValue() {
        return Shape.of(b, g, keys(), e);
    }

    Shape scores() {
        return Shape.of(b, h, s, keys());
    }

    Shape result() {
        return flat ? Shape.of(b, s, h * e) : Shape.of(b, h, s, e);
    }

    /// Last key that a query sees, or more, as far as the causal mask goes.
    long lastVisible(long batch, int query) {
        if (!causal) {
            return Long.MAX_VALUE;
        }
        long offset =
                p > 0 ? p : used.map(lengths -> lengths.get((int) batch) - s).orElse(0L);
        return query + offset;
    }

    long keysInUse(long batch) {
        return used.map(lengths -> lengths.get((int) batch)).orElse((long) keys());
    }

    /// What any kernel must spend: two products over the keys that each query sees.
    double flops() {
        double pairs = 0;
        for (long batch = 0; batch < b; batch++) {
            if (!causal) {
                pairs += (double) s * keysInUse(batch);
                continue;
            }
            for (int query = 0; query < s; query++) {
                pairs += Math.clamp(lastVisible(batch, query) + 1, 0, keysInUse(batch));
            }
        }
        return 2.0 * h * pairs * (d + e);
    }
}
