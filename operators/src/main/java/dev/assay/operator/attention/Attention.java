package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Region;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.Sizes;
import dev.assay.operator.attention.ScaledDotProduct.Stage;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/// Scaled dot-product attention: `Y = softmax(cap(scale · Q Kᵀ) + bias) · V`, per head, with
/// `cap(s) = softcap · tanh(s / softcap)` if a soft cap is given.
///
/// - inputs: `Q [b,h,s,d]`, `K [b,g,t,d]`, `V [b,g,t,e]`, or 3-D `[b,s,h·d]` and so on with `q_num_heads` and
///   `kv_num_heads`; head `i` of `Q` uses head `i / (h/g)` of `K` and `V`
/// - `past_key`, `past_value` `[b,g,p,d|e]` stand before `K` and `V`; `present_key`, `present_value` are both together
/// - bias: `attn_mask` (bool: false masks; otherwise added), broadcast to `[b,h,s,p+t]`, keys beyond its last dimension
///   are masked; `is_causal`: query i sees keys up to `i + offset`, where the offset is p with a past,
///   `nonpad_kv_seqlen - s` with that and no past, and otherwise 0; keys from `nonpad_kv_seqlen` on are masked
/// - a query without any visible key gives zeros, and zero probabilities
/// - `qk_matmul_output`: scores (mode 0), after the cap (1), after the bias (2), after the softmax (3)
/// - source: ONNX Attention-24 with the errata of June 2026 (alignment of the causal mask, fully masked rows)
public final class Attention implements Operator {
    private static final Set<DType> MASKS = Signature.only(DType.BOOL, DType.F64, DType.F32, DType.F16, DType.BF16);
    private static final int BLOCK = 1 << 18;

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public Optional<String> onnxType() {
        return Optional.of("Attention");
    }

    @Override
    public About about() {
        return new About("Y = softmax(scale · Q Kᵀ + mask) V", "ONNX Attention-24", About.Errors.COMPOSITE);
    }

    @Override
    public Signature signature() {
        Set<DType> floats = Signature.floats();
        return new Signature(
                List.of(
                        Parameter.required("Q", "T1", floats, "queries [b,h,s,d] or [b,s,h*d]"),
                        Parameter.required("K", "T1", floats, "keys [b,g,t,d] or [b,t,g*d]"),
                        Parameter.required("V", "T2", floats, "values [b,g,t,e] or [b,t,g*e]"),
                        Parameter.optional("attn_mask", "U", MASKS, "broadcasts to [b,h,s,p+t]; bool or type of Q"),
                        Parameter.optional("past_key", "T1", floats, "keys so far [b,g,p,d]"),
                        Parameter.optional("past_value", "T2", floats, "values so far [b,g,p,e]"),
                        Parameter.optionalConstant(
                                "nonpad_kv_seqlen", "I", Signature.only(DType.I64), "keys in use per batch [b]")),
                List.of(
                        Parameter.required("Y", "T1", floats, "like Q, with the value's head size"),
                        Parameter.optional("present_key", "T1", floats, "[b,g,p+t,d]"),
                        Parameter.optional("present_value", "T2", floats, "[b,g,p+t,e]"),
                        Parameter.optional("qk_matmul_output", "T1", floats, "[b,h,s,p+t]")),
                List.of(
                        AttributeSpec.integer("is_causal", 0, "1: a query sees no later key"),
                        AttributeSpec.optional("kv_num_heads", Attribute.Int.class, "g, for 3-D inputs"),
                        AttributeSpec.optional("q_num_heads", Attribute.Int.class, "h, for 3-D inputs"),
                        AttributeSpec.integer("qk_matmul_output_mode", 0, "0 scores, 1 capped, 2 biased, 3 softmax"),
                        AttributeSpec.optional("scale", Attribute.Real.class, "factor on the scores; 1/sqrt(d)"),
                        AttributeSpec.real("softcap", 0, "limit of the scores; 0 for none"),
                        AttributeSpec.optional(
                                "softmax_precision",
                                Attribute.Int.class,
                                "type of the softmax as an ONNX number; only ever asks for more than the contract")));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        AttentionPlan plan = AttentionPlan.of(call);
        DType key = call.input("Q").dtype();
        DType value = call.input("V").dtype();
        return List.of(
                TensorSpec.dense(key, plan.result()),
                TensorSpec.dense(key, plan.presentKey()),
                TensorSpec.dense(value, plan.presentValue()),
                TensorSpec.dense(key, plan.scores()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(AttentionPlan.of(call), inputs, contract);
    }

    static final class Reference implements Oracle {
        private final AttentionPlan plan;
        private final Inputs inputs;
        private final ScaledDotProduct product;

        Reference(AttentionPlan plan, Inputs inputs, ComputeContract contract) {
            this.plan = plan;
            this.inputs = inputs;
            this.product = new ScaledDotProduct(contract, inputs.get("Q").dtype(), plan.scale(), plan.cap(), plan.d());
        }

        @Override
        public Shape shape(int output) {
            return switch (output) {
                case 0 -> plan.result();
                case 1 -> plan.presentKey();
                case 2 -> plan.presentValue();
                default -> plan.scores();
            };
        }

        /// What a query gets from a head shares the errors of its softmax.
        @Override
        public long cluster(int output) {
            return output == 0 ? Math.max(1, plan.e()) : Oracle.super.cluster(output);
        }

        /// For what needs scores: some queries of one head. Copies go by rows.
        @Override
        public Iterable<Region> regions(int output) {
            if (output == 1 || output == 2) {
                return Oracle.super.regions(output);
            }
            List<Region> boxes = new ArrayList<>();
            int step = Math.max(1, BLOCK / Math.max(1, plan.keys()));
            for (long b = 0; b < plan.b() && !shape(output).isEmpty(); b++) {
                for (long h = 0; h < plan.h(); h++) {
                    for (int s = 0; s < plan.s(); s += step) {
                        long[] queries = LongStream.range(s, Math.min(plan.s(), (long) s + step))
                                .toArray();
                        boxes.add(lines(output, b, h, queries));
                    }
                }
            }
            return boxes;
        }

        /// What an output has of some queries of one head.
        Region lines(int output, long b, long h, long[] queries) {
            int columns = output == 3 ? plan.keys() : plan.e();
            long first = output == 0 && plan.flat() ? h * columns : 0;
            long[] across = LongStream.range(first, first + columns).toArray();
            return output == 0 && plan.flat()
                    ? Region.grid(new long[] {b}, queries, across)
                    : Region.grid(new long[] {b}, new long[] {h}, queries, across);
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            if (output == 1 || output == 2) {
                copies(output, region, into);
                return;
            }
            boolean flat = output == 0 && plan.flat();
            long b = region.start(0);
            long h = flat ? region.start(2) / plan.e() : region.start(1);
            long[] queries = region.along(flat ? 1 : 2);
            if (!region.equals(lines(output, b, h, queries))) {
                throw new IllegalArgumentException("attention is judged by queries of one head, not " + region);
            }
            long g = h / (plan.h() / plan.g());
            Stage stage = output == 0 ? Stage.RESULT : plan.scoresStage();
            Matrix keys = joined("past_key", "K", b, g, plan.d());
            product.expect(
                    stage,
                    head(inputs.get("Q"), b, h, plan.d()).rows(queries),
                    stage.compareTo(Stage.BIASED) > 0 ? inUse(b, keys) : keys,
                    inUse(b, joined("past_value", "V", b, g, plan.e())),
                    queries.length,
                    plan.keys(),
                    plan.e(),
                    (i, row) -> bias(b, h, Math.toIntExact(queries[i]), row),
                    into,
                    0);
        }

        @Override
        public Optional<CheapOracle> cheap(int output) {
            boolean copied = output == 1 || output == 2;
            return copied || shape(output).isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            new SampledQueries(plan, output, inputs.get("Q").dtype(), this));
        }

        static Matrix head(Tensor tensor, long b, long head, int size) {
            long[] strides = tensor.spec().strideArray();
            return strides.length == 3
                    ? Matrix.of(tensor, b * strides[0] + head * size * strides[2], strides[1], strides[2])
                    : Matrix.of(tensor, b * strides[0] + head * strides[1], strides[2], strides[3]);
        }

        /// What stands beyond the length in use is padding: not even a NaN there may reach a result. Masks are
        /// another matter: a kernel may add minus infinity to a NaN.
        private Matrix inUse(long b, Matrix rows) {
            long used = plan.keysInUse(b);
            return used < plan.keys() ? Matrix.stacked(rows, Math.toIntExact(used), Matrix.zeros()) : rows;
        }

        /// Past rows, then new ones.
        private Matrix joined(String past, String now, long b, long g, int size) {
            Matrix rows = head(inputs.get(now), b, g, size);
            return inputs.has(past) ? Matrix.stacked(head(inputs.get(past), b, g, size), plan.p(), rows) : rows;
        }

        void bias(long b, long h, int query, double[] into) {
            long used = plan.keysInUse(b);
            long last = plan.lastVisible(b, query);
            int width = into.length;
            plan.mask().ifPresent(shape -> mask(shape, b, h, query, into));
            for (int j = 0; j < width; j++) {
                if (j >= used || j > last) {
                    into[j] = Double.NEGATIVE_INFINITY;
                }
            }
        }

        private void mask(Shape shape, long b, long h, int query, double[] into) {
            Tensor mask = inputs.get("attn_mask");
            long[] at = {b, h, query};
            long row = 0;
            for (int axis = 0; axis < shape.rank() - 1; axis++) {
                long size = shape.dim(axis);
                long coordinate = size == 1 ? 0 : at[3 - (shape.rank() - 1) + axis];
                row = row * size + coordinate;
            }
            int width = Math.toIntExact(shape.dim(-1));
            mask.decode(row * width, width, into, 0);
            if (mask.dtype() == DType.BOOL) {
                for (int j = 0; j < width; j++) {
                    into[j] = into[j] != 0 ? 0 : Double.NEGATIVE_INFINITY;
                }
            }
            java.util.Arrays.fill(into, width, into.length, Double.NEGATIVE_INFINITY);
        }

        private void copies(int output, Region region, ExpectedBlock into) {
            int size = output == 1 ? plan.d() : plan.e();
            String past = output == 1 ? "past_key" : "past_value";
            String now = output == 1 ? "K" : "V";
            long count = region.elements();
            int columns = Math.toIntExact(region.size().dim(3));
            for (long row = 0; row * columns < count; row++) {
                long[] at = region.coordinates(row * columns);
                joined(past, now, at[0], at[1], size)
                        .row(at[2], at[3], columns, into.values(), Math.toIntExact(row * columns));
            }
        }
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(AttentionPlan.of(call).flops(), call.tensorBytes());
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        boolean scores = call.hasOutput("qk_matmul_output");
        double flops =
                SampledQueries.flops(AttentionPlan.of(call), call.input("Q").dtype(), scores);
        return Optional.of(new Cost(flops, call.tensorBytes()));
    }

    @Override
    public String sizes(Call call) {
        AttentionPlan plan = AttentionPlan.of(call);
        String mask = plan.mask().map(shape -> ".mask" + shape.joined()).orElse("");
        return (plan.flat() ? "3d." : "") + "b" + plan.b() + ".h" + plan.h() + ".g" + plan.g() + ".s" + plan.s() + ".t"
                + plan.t() + (call.hasInput("past_key") ? ".p" + plan.p() : "") + ".d" + plan.d() + ".e" + plan.e()
                + mask
                + Sizes.ofLayouts(call);
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return AttentionFills.of(call, input, dataSet, () -> Operator.super.fill(call, input, dataSet));
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        AttentionPlan plan = AttentionPlan.of(call);
        List<Probe> probes = new ArrayList<>();
        if (plan.result().isEmpty() || plan.keys() == 0) {
            return probes;
        }
        boolean padded = plan.used().stream().flatMap(List::stream).anyMatch(length -> length < plan.keys());
        if (padded) {
            probes.add(new Probe("poisoned-padding", false, "what lies beyond the length in use reaches the result"));
        }
        probes.add(new Probe("uniform-scores", false, "keys are missing, repeated or seen through the mask"));
        if (plan.causal() || padded) {
            probes.add(new Probe("boundary-seeking", false, "the mask ends a key too early or too late"));
        }
        probes.add(new Probe("ascending", false, "sums are not rescaled when a later key has a higher score"));
        probes.add(new Probe("selecting", false, "the largest score is not subtracted, or another key is taken"));
        probes.add(new Probe("one-hot-values", true, "exponentials or probabilities are rougher than declared"));
        probes.add(new Probe("constant-values", false, "probabilities are not divided by their sum"));
        return probes;
    }

    /// Values, and with them the result.
    @Override
    public List<Scaling> scalings(Call call) {
        Map<String, Integer> values = call.hasInput("past_value") ? Map.of("V", 2, "past_value", 2) : Map.of("V", 2);
        return List.of(new Scaling(values, Map.of("Y", 2, "present_value", 2)));
    }

    /// Equal probabilities, and values whose sum over all keys is zero.
    @Override
    public Optional<String> orderData(Call call) {
        return Optional.of("annulling");
    }

    /// The batch.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        Map<String, Integer> inputs = new HashMap<>(Map.of("Q", 0, "K", 0, "V", 0, "past_key", 0, "past_value", 0));
        inputs.put("nonpad_kv_seqlen", 0);
        AttentionPlan plan = AttentionPlan.of(call);
        if (call.hasInput("attn_mask")) {
            Shape mask = call.input("attn_mask").shape();
            if (mask.rank() == 4 && mask.dim(0) == plan.b() && plan.b() > 1) {
                inputs.put("attn_mask", 0);
            }
        }
        return Optional.of(
                new BatchAxis(inputs, Map.of("Y", 0, "present_key", 0, "present_value", 0, "qk_matmul_output", 0)));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return new AttentionReadings(call, inputs).all();
    }

    /// The bias of every query over all keys, as the reference takes it.
    static void bias(Call call, Inputs inputs, long b, long h, int query, double[] into) {
        new Reference(AttentionPlan.of(call), inputs, ComputeContract.STRICT).bias(b, h, query, into);
    }

    /// Queries and keys are summed over the head, values and masks over the keys.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        boolean overKeys = input.equals("V") || input.equals("past_value");
        return Fill.Along.axis(shape, overKeys ? -2 : -1);
    }
}
