package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/// Wrong readings of the attention operators of serving stacks: borders, scales and heads.
///
/// Head mappings are written out as one head of keys and values for each head of queries.
final class BatchReadings {
    private static final String MASK = "mask";
    private static final String SCALE = "scale";
    private static final String HEADS = "head-mapping";

    private final Call call;
    private final Batch batch;
    private final Rereading right;
    private final List<Misreading> all = new ArrayList<>();

    private BatchReadings(Call call, Batch batch, Inputs inputs) {
        this.call = call;
        this.batch = batch;
        this.right = Rereading.of(call, inputs);
    }

    /// @param shared inputs that have a head for several heads of queries, and the dimension of their heads
    static List<Misreading> of(Call call, Batch batch, Inputs inputs, Map<String, Integer> shared) {
        BatchReadings readings = new BatchReadings(call, batch, inputs);
        readings.borders();
        readings.scales();
        readings.perHead();
        if (batch.h() > batch.g() && batch.g() > 1) {
            readings.shared(shared);
        }
        return readings.all;
    }

    private void borders() {
        if (call.attributes().integer("causal") == 1) {
            Rereading open = right.attribute("causal", new Attribute.Int(0));
            all.add(open.attribute("window_right", new Attribute.Int(1))
                    .as(MASK, "the causal mask lets a query see one key too many"));
            all.add(open.attribute("window_right", new Attribute.Int(-1)).as(MASK, "the causal mask is ignored"));
        }
        if (call.constants().containsKey("cu_seqlens_k")) {
            int last = batch.sequences();
            List<Long> starts = call.constants().getOrDefault("cu_seqlens_k", List.of());
            all.add(right.whole("cu_seqlens_k", n -> {
                        long start = starts.get((int) n);
                        return n < last && start > 0 ? start - 1 : start;
                    })
                    .as(MASK, "sequences but the first begin at the last key of the one before"));
        }
    }

    private void scales() {
        double scale = batch.scale();
        double d = batch.d();
        scale(scale * Math.sqrt(d / (d + 1)), "for a head size one larger");
        scale(scale * Math.sqrt(d / (d - 1)), "for a head size one smaller");
        scale(scale * scale, "twice");
        scale(1, "not at all");
        scale(scale * Math.log(2), "as for powers of two, by ln 2");
        scale(scale / Math.log(2), "as for powers of two, by 1 / ln 2");
        if (batch.cap() > 0) {
            // scale * cap * tanh(q k / cap) is what a cap of scale * cap gives.
            all.add(right.attribute("softcap", new Attribute.Real(scale * batch.cap()))
                    .as(SCALE, "scores are capped before they are scaled"));
        }
    }

    private void scale(double value, String how) {
        if (Double.isFinite(value) && value != batch.scale()) {
            all.add(right.attribute("scale", new Attribute.Real(value)).as(SCALE, "scores are scaled " + how));
        }
    }

    /// What each head of queries has one of.
    private void perHead() {
        int heads = batch.h();
        for (String name : List.of("alibi_slopes", "sinks")) {
            if (call.hasInput(name) && heads > 1) {
                Tensor tensor = right.input(name);
                for (int step = -1; step <= 1; step += 2) {
                    int by = step;
                    all.add(right.input(
                                    name,
                                    tensor.dtype(),
                                    tensor.shape(),
                                    n -> tensor.get(Math.floorMod(n + by, (long) heads)))
                            .as(
                                    HEADS,
                                    "each head has of " + name + " that of the head " + (by < 0 ? "before" : "behind")
                                            + " it"));
                }
            }
        }
    }

    private void shared(Map<String, Integer> inputs) {
        all.addAll(heads(call, right, inputs, batch.h(), batch.g()));
    }

    /// Query heads that meet other heads of keys and values.
    ///
    /// @param inputs that have `groups` heads, and the dimension of their heads
    static List<Misreading> heads(Call call, Rereading right, Map<String, Integer> inputs, long heads, long groups) {
        return List.of(
                mapped(call, right, inputs, heads, head -> head % groups)
                        .as(HEADS, "query heads take turns at the heads of keys and values"),
                mapped(call, right, inputs, heads, head -> 0)
                        .as(HEADS, "all query heads have the first head of keys and values"),
                mapped(call, right, inputs, heads, head -> (head / (heads / groups) + 1) % groups)
                        .as(HEADS, "groups of query heads have the next head of keys and values"));
    }

    private static Rereading mapped(
            Call call, Rereading right, Map<String, Integer> inputs, long heads, LongUnaryOperator chosen) {
        Rereading changed = right;
        for (Map.Entry<String, Integer> entry : inputs.entrySet()) {
            if (!call.hasInput(entry.getKey())) {
                continue;
            }
            Tensor tensor = right.input(entry.getKey());
            int axis = entry.getValue();
            Shape shape = tensor.shape();
            long own = shape.dim(axis);
            long inner = shape.slice(axis + 1, shape.rank()).elements();
            changed = changed.input(entry.getKey(), tensor.dtype(), shape.with(axis, heads), n -> {
                long head = chosen.applyAsLong(n / inner % heads);
                return tensor.get((n / inner / heads * own + head) * inner + n % inner);
            });
        }
        return changed;
    }
}
