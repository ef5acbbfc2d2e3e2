package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

/// Attention over keys and values that lie in the pages of a cache, for prefill, decode and both at once.
///
/// - inputs: `q [total_q,h,d]`; `k_cache`, `v_cache` `[blocks,g,page,d|e]` (layout hnd) or `[blocks,page,g,d|e]` (nhd);
///   `block_table [batch,columns]`: the pages of each sequence in order; `kv_seq_lens [batch]`: keys in use, those of
///   the queries included; the queries of each sequence by `cu_seqlens_q [batch+1]` or `q_seq_lens [batch]`
/// - caches of i8 or f8e4m3 hold `key / k_scale` per head, and values likewise; scales are 1 where they are not given
/// - `alibi_slopes [h]`, `sinks [h]`; which keys a query sees: [Batch]; a query that sees none gets zeros
/// - the last page of a sequence may be partly in use: what lies behind, and all other pages, must not matter
/// - `lse [h,total_q]`: `log Σ exp(score)` over the keys seen, and the sink
/// - source: vLLM 0.10, paged attention; Teco-Ops flash_attention; FlashInfer 0.3 for the layouts' names
public final class PagedAttention implements Operator {
    private static final Set<DType> CACHES =
            Signature.union(Signature.floats(), Signature.only(DType.I8, DType.F8E4M3));

    @Override
    public String name() {
        return "paged_attention";
    }

    @Override
    public About about() {
        return new About(
                "out = softmax(scale · q kᵀ + mask) v, keys and values in pages",
                "vLLM 0.10, paged attention",
                About.Errors.COMPOSITE);
    }

    @Override
    public Signature signature() {
        List<AttributeSpec> attributes = new java.util.ArrayList<>(Batch.attributes());
        attributes.add(new AttributeSpec(
                "layout",
                Attribute.Text.class,
                Optional.of(new Attribute.Text("hnd")),
                "hnd: caches are [blocks,g,page,d]; nhd: [blocks,page,g,d]"));
        return new Signature(
                List.of(
                        Parameter.required("q", "T", Signature.floats(), "[total_q,h,d]"),
                        Parameter.required("k_cache", "C", CACHES, "[blocks,g,page,d] or [blocks,page,g,d]"),
                        Parameter.required("v_cache", "C", CACHES, "[blocks,g,page,e] or [blocks,page,g,e]"),
                        Parameter.constant("block_table", "I", Batch.INDICES, "pages [batch,columns]"),
                        Parameter.constant("kv_seq_lens", "I", Batch.INDICES, "keys in use [batch]"),
                        Parameter.optionalConstant("cu_seqlens_q", "I", Batch.INDICES, "starts of the queries"),
                        Parameter.optionalConstant("q_seq_lens", "I", Batch.INDICES, "queries [batch]"),
                        Parameter.optional("k_scale", "L", Batch.F32, "scale of stored keys [g]"),
                        Parameter.optional("v_scale", "L", Batch.F32, "scale of stored values [g]"),
                        Parameter.optional("alibi_slopes", "L", Batch.F32, "slopes of the distance [h]"),
                        Parameter.optional("sinks", "S", Signature.floats(), "score of the sink [h]")),
                Batch.outputs(),
                attributes);
    }

    /// A call's sizes, and where its pages are.
    private record Plan(Batch batch, Pages pages, boolean hnd) {
        static Plan of(Call call) {
            Shape q = call.input("q").shape();
            Shape k = call.input("k_cache").shape();
            Shape v = call.input("v_cache").shape();
            String layout = call.attributes().text("layout");
            if (!layout.equals("hnd") && !layout.equals("nhd")) {
                throw invalid("layout " + layout, "give hnd or nhd");
            }
            boolean hnd = layout.equals("hnd");
            boolean right = q.rank() == 3
                    && k.rank() == 4
                    && v.rank() == 4
                    && k.with(3, 1).equals(v.with(3, 1))
                    && k.dim(3) == q.dim(2);
            if (!right) {
                throw invalid(
                        "q " + q + ", k_cache " + k + ", v_cache " + v,
                        "give them the shapes [total_q,h,d], "
                                + (hnd
                                        ? "[blocks,g,page,d] and [blocks,g,page,e]"
                                        : "[blocks,page,g,d] and [blocks,page,g,e]"));
            }
            DType cache = call.input("k_cache").dtype();
            boolean quantised = isQuantised(cache);
            if (!quantised && cache != call.input("q").dtype()) {
                throw invalid(
                        "caches of " + cache + " and queries of "
                                + call.input("q").dtype(),
                        "give both the same type, or caches of i8 or f8e4m3");
            }
            if (!quantised && (call.hasInput("k_scale") || call.hasInput("v_scale"))) {
                throw invalid("scales with caches of " + cache, "leave them out, or give caches of i8 or f8e4m3");
            }
            if (call.hasInput("cu_seqlens_q") == call.hasInput("q_seq_lens")) {
                throw invalid("not one of cu_seqlens_q and q_seq_lens", "give one of the two");
            }
            List<Integer> queries = call.hasInput("cu_seqlens_q")
                    ? Batch.starts(call, "cu_seqlens_q", q.dim(0))
                    : Batch.startsFromLengths(call, "q_seq_lens", q.dim(0));
            List<Integer> keys = Batch.lengths(call, "kv_seq_lens");
            if (keys.size() != queries.size() - 1) {
                throw invalid(
                        keys.size() + " kv_seq_lens for " + (queries.size() - 1) + " sequences", "give one to each");
            }
            Batch batch = Batch.of(call, queries, keys, Shape.of(q.dim(1), k.dim(hnd ? 1 : 2), q.dim(2), v.dim(3)));
            Batch.checkPerHead(call, "k_scale", batch.g());
            Batch.checkPerHead(call, "v_scale", batch.g());
            Batch.checkPerHead(call, "alibi_slopes", batch.h());
            Batch.checkPerHead(call, "sinks", batch.h());
            return new Plan(batch, Pages.of(call, keys, k.dim(0), k.dim(hnd ? 2 : 1)), hnd);
        }

        private static InvalidCallException invalid(String what, String fix) {
            return new InvalidCallException(what, "paged_attention", fix);
        }

        Matrix rows(Tensor cache, int sequence, int head) {
            long[] strides = cache.spec().strideArray();
            return pages.rows(
                    cache, sequence, head * strides[hnd ? 1 : 2], strides[0], strides[hnd ? 2 : 1], strides[3]);
        }
    }

    private static boolean isQuantised(DType cache) {
        return cache == DType.I8 || cache == DType.F8E4M3;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return Plan.of(call).batch().specs(call.input("q").dtype());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = Plan.of(call);
        BatchOracle.Source source = new BatchOracle.Source() {
            @Override
            public Matrix queries(int head) {
                return VarlenAttention.packed(inputs.get("q"), head, 0);
            }

            @Override
            public Matrix keys(int sequence, int head) {
                return scaled(plan.rows(inputs.get("k_cache"), sequence, head), "k_scale", head);
            }

            @Override
            public Matrix values(int sequence, int head) {
                return scaled(plan.rows(inputs.get("v_cache"), sequence, head), "v_scale", head);
            }

            // Exact in f64: a code of 8 bits times a scale in f32.
            private Matrix scaled(Matrix codes, String scales, int head) {
                if (!inputs.has(scales)) {
                    return codes;
                }
                double scale = inputs.get(scales).get(head);
                return codes.map((run, from, count) -> {
                    for (int i = from; i < from + count; i++) {
                        run[i] *= scale;
                    }
                });
            }
        };
        return new BatchOracle(
                plan.batch(),
                source,
                inputs,
                contract,
                call.input("q").dtype(),
                isQuantised(call.input("k_cache").dtype()));
    }

    @Override
    public Cost cost(Call call) {
        Batch batch = Plan.of(call).batch();
        return batch.cost(
                call.input("q").dtype(),
                (double) batch.g()
                        * (batch.d() + batch.e())
                        * call.input("k_cache").dtype().bits());
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        double flops = SampledBatch.flops(Plan.of(call).batch(), call.input("q").dtype());
        return Optional.of(new Cost(flops, cost(call).bytes()));
    }

    @Override
    public String sizes(Call call) {
        Plan plan = Plan.of(call);
        return plan.batch().sizesText() + ".page" + plan.pages().pageSize() + ".blocks"
                + call.input("k_cache").shape().dim(0) + dev.assay.operator.Sizes.ofLayouts(call);
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        boolean integers = call.input("k_cache").dtype() == DType.I8;
        return switch (input) {
            case "alibi_slopes" -> Fills.of("uniform", 0.01, 0.5);
            case "sinks" -> Fills.of("normal");
            case "k_scale", "v_scale" -> integers ? Fills.of("uniform", 0.005, 0.02) : Fills.of("uniform", 0.5, 1.5);
            case "q" -> cached(call, BatchFills.Role.QUERY, input, dataSet);
            case "k_cache", "v_cache" -> {
                BatchFills.Role role = input.equals("k_cache") ? BatchFills.Role.KEY : BatchFills.Role.VALUE;
                boolean plain = Fills.nameOf(dataSet).equals("normal");
                yield integers && plain ? Fills.of("uniform", -127, 127) : cached(call, role, input, dataSet);
            }
            default -> dataSet;
        };
    }

    private static LongPredicate inUse(Call call, String input) {
        Plan plan = Plan.of(call);
        return plan.pages().inUse(call.input(input).shape(), plan.hnd() ? 2 : 1);
    }

    private Fill cached(Call call, BatchFills.Role role, String input, Fill dataSet) {
        return BatchFills.knows(dataSet)
                ? BatchFills.of(role, dataSet, role == BatchFills.Role.QUERY ? index -> true : inUse(call, input))
                : Operator.super.fill(call, input, dataSet);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Plan plan = Plan.of(call);
        int axis = plan.hnd() ? 1 : 2;
        Map<String, Integer> shared = Map.of("k_cache", axis, "v_cache", axis, "k_scale", 0, "v_scale", 0);
        return BatchReadings.of(call, plan.batch(), inputs, shared);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        Plan plan = Plan.of(call);
        long slots = call.input("k_cache").shape().dim(0) * plan.pages().pageSize();
        long used =
                plan.pages().inUse().values().stream().mapToLong(count -> count).sum();
        boolean poison = call.input("k_cache").dtype() != DType.I8 && used < slots;
        return BatchProbes.of(plan.batch(), poison);
    }
}
