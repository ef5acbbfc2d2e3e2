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
import dev.assay.operator.InvalidCallException;
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
import dev.assay.tensor.Fills;
import dev.assay.tensor.Philox;
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

    /// Sizes of a call: b batches, h query heads, g key heads, s queries, t new keys, p past keys, head sizes d and
    /// e.
    record Plan(
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

        static Plan of(Call call) {
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
            Plan plan = new Plan(
                    flat,
                    q.dim(0),
                    h,
                    g,
                    Math.toIntExact(q.dim(sequence)),
                    Math.toIntExact(k.dim(sequence)),
                    past,
                    Math.toIntExact(d),
                    Math.toIntExact(e),
                    call.hasInput("attn_mask")
                            ? Optional.of(call.input("attn_mask").shape())
                            : Optional.empty(),
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
                    throw invalid(
                            attribute + " " + given + " with 4-D inputs of " + expected + " heads", "leave it out");
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
                throw invalid(
                        "attn_mask " + shape, "make it broadcast to [" + b + "," + h + "," + s + "," + keys() + "]");
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
            long offset = p > 0
                    ? p
                    : used.map(lengths -> lengths.get((int) batch) - s).orElse(0L);
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

    @Override
    public List<TensorSpec> outputs(Call call) {
        Plan plan = Plan.of(call);
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
        return new Reference(Plan.of(call), inputs, contract);
    }

    static final class Reference implements Oracle {
        private final Plan plan;
        private final Inputs inputs;
        private final ScaledDotProduct product;

        Reference(Plan plan, Inputs inputs, ComputeContract contract) {
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

        private Matrix head(Tensor tensor, long b, long head, int size) {
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

        private void bias(long b, long h, int query, double[] into) {
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
        return new Cost(Plan.of(call).flops(), call.tensorBytes());
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        boolean scores = call.hasOutput("qk_matmul_output");
        double flops = SampledQueries.flops(Plan.of(call), call.input("Q").dtype(), scores);
        return Optional.of(new Cost(flops, call.tensorBytes()));
    }

    @Override
    public String sizes(Call call) {
        Plan plan = Plan.of(call);
        String mask = plan.mask().map(shape -> ".mask" + shape.joined()).orElse("");
        return (plan.flat() ? "3d." : "") + "b" + plan.b() + ".h" + plan.h() + ".g" + plan.g() + ".s" + plan.s() + ".t"
                + plan.t() + (call.hasInput("past_key") ? ".p" + plan.p() : "") + ".d" + plan.d() + ".e" + plan.e()
                + mask
                + Sizes.ofLayouts(call);
    }

    /// Masks leave about three quarters of the keys visible; `peaky` sharpens the queries only; `boundary-seeking`
    /// makes each query equal to a key next to the border of what it sees, so that one key too many or too few
    /// shows.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (input.equals("attn_mask")) {
            return maskFill(call.input("attn_mask").dtype() == DType.BOOL);
        }
        boolean query = input.equals("Q");
        return switch (Fills.nameOf(dataSet)) {
            case "peaky", "outliers" -> query ? dataSet : Fills.of("normal");
            case "uniform-scores" ->
                query ? Fills.of("uniform", 0, 0) : isValue(input) ? Fills.of("integers") : Fills.of("normal");
            case "annulling" -> query ? Fills.of("uniform", 0, 0) : isValue(input) ? dataSet : Fills.of("normal");
            case "constant-values" -> isValue(input) ? Fills.of("uniform", 1, 1) : Fills.of("normal");
            case "one-hot-values" -> isValue(input) ? oneHotValues(call, input) : Fills.of("normal");
            case "ascending" -> isValue(input) ? Fills.of("normal") : ascending(call, input);
            case "selecting" -> isValue(input) ? Fills.of("normal") : selecting(call, input);
            case "poisoned-padding" -> query ? Fills.of("normal") : poisoned(call, input);
            case "boundary-seeking" -> query ? boundarySeeking(Plan.of(call)) : Fills.of("normal");
            case "cancelling" -> input.startsWith("past") || !query ? dataSet : Fills.of("repeating");
            case "overflow" -> query ? dataSet : Fills.of("overflow-partner");
            default -> Operator.super.fill(call, input, dataSet);
        };
    }

    private static boolean isValue(String input) {
        return input.equals("V") || input.equals("past_value");
    }

    private interface ByKey {
        /// The value of column `c` of a head at a key, past ones counted.
        double at(Place place, long c, long index);
    }

    /// A key of a batch.
    private record Place(long batch, long key) {}

    private interface KeyValues {
        ByKey bind(Fill.Site site);
    }

    /// A recipe for keys or values by their place.
    private static Fill byPlace(Call call, String input, KeyValues values) {
        Plan plan = Plan.of(call);
        boolean past = input.startsWith("past");
        boolean flat = plan.flat() && !past;
        long width = isValue(input) ? plan.e() : plan.d();
        return named(input, site -> {
            ByKey bound = values.bind(site);
            return index -> {
                long[] at = site.spec().shape().coordinates(index);
                long key = (flat ? at[1] : at[2]) + (past ? 0 : plan.p());
                long c = flat ? at[2] % width : at[3];
                return bound.at(new Place(at[0], key), c, index);
            };
        });
    }

    /// A value that only one column in turn shows.
    private static Fill oneHotValues(Call call, String input) {
        long columns = Math.max(1, Plan.of(call).e());
        return byPlace(call, input, site -> (place, c, index) -> place.key() % columns == c ? 1 : 0);
    }

    /// Queries and keys along one direction, the keys ever longer, so that scores rise from 0 to 128: beyond what an
    /// exponential in f32 holds, which a kernel never meets that subtracts the largest score so far.
    private static Fill ascending(Call call, String input) {
        Plan plan = Plan.of(call);
        if (input.equals("Q")) {
            return named(input, site -> {
                Philox direction = new Philox(site.caseKey());
                return index -> sign(direction, site.spec().shape().coordinates(index)[plan.flat() ? 2 : 3] % plan.d());
            });
        }
        double length = plan.scale() == 0 ? 1 : 128 / (plan.d() * plan.scale()) / Math.max(1, plan.keys());
        return byPlace(call, input, site -> {
            Philox direction = new Philox(site.caseKey());
            Fill.Values noise = Fills.of("normal", 0, 0.01).bind(site);
            return (place, c, index) -> sign(direction, c) * length * place.key() + noise.at(index);
        });
    }

    /// Keys of random signs, and queries that have the signs of one key they see: the last, the first or any, in
    /// turn. Its score stands out so far that nothing else counts, and that an exponential overflows where a
    /// maximum left it out. Sums are whole numbers.
    private static Fill selecting(Call call, String input) {
        Plan plan = Plan.of(call);
        if (!input.equals("Q")) {
            return byPlace(call, input, site -> {
                Philox signs = new Philox(site.caseKey());
                return (place, c, index) -> keySign(signs, plan, place, c);
            });
        }
        double factor = Math.abs(plan.scale()) * plan.d();
        int exponent = factor > 0 ? Math.getExponent(SELECTED / factor) : 0;
        double size = Math.copySign(Math.scalb(1.0, Math.clamp(exponent, -8, 12)), plan.scale());
        return named(input, site -> {
            Philox signs = new Philox(site.caseKey());
            Philox random = new Philox(site.tensorKey());
            return index -> {
                long[] at = site.spec().shape().coordinates(index);
                long batch = at[0];
                int query = Math.toIntExact(plan.flat() ? at[1] : at[2]);
                long c = plan.flat() ? at[2] % plan.d() : at[3];
                long last = Math.clamp(
                        Math.min(plan.lastVisible(batch, query), plan.keysInUse(batch) - 1),
                        0,
                        Math.max(0, plan.keys() - 1));
                long key = switch (query % 3) {
                    case 0 -> last;
                    case 1 -> 0;
                    default -> (long) (random.uniform(batch * plan.s() + query, 0) * (last + 1));
                };
                return size * keySign(signs, plan, new Place(batch, key), c);
            };
        });
    }

    /// About the score of a key that is selected.
    private static final double SELECTED = 512;

    private static double keySign(Philox signs, Plan plan, Place place, long c) {
        return sign(signs, (place.batch() * Math.max(1, plan.keys()) + place.key()) * plan.d() + c);
    }

    private static double sign(Philox random, long index) {
        return random.bits(index, 0) < 0 ? -1 : 1;
    }

    /// NaN in everything beyond the length in use.
    private static Fill poisoned(Call call, String input) {
        Plan plan = Plan.of(call);
        return byPlace(call, input, site -> {
            Fill.Values normal = Fills.of("normal").bind(site);
            return (place, c, index) -> place.key() < plan.keysInUse(place.batch()) ? normal.at(index) : Double.NaN;
        });
    }

    private static Fill maskFill(boolean bool) {
        return named("mask", site -> {
            Philox random = new Philox(site.tensorKey());
            return index -> {
                boolean visible = random.uniform(index, 0) < 0.75;
                double offset = 2 * random.uniform(index, 1) - 1;
                return bool ? (visible ? 1 : 0) : visible ? offset : Double.NEGATIVE_INFINITY;
            };
        });
    }

    private interface Binding {
        Fill.Values bind(Fill.Site site);
    }

    private static Fill named(String name, Binding binding) {
        return new Fill() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Values bind(Site site) {
                return binding.bind(site);
            }
        };
    }

    /// Query i of a head becomes twice the last key it sees, the first it does not see, or the first of all, in
    /// turn.
    private static Fill boundarySeeking(Plan plan) {
        return named("boundary-seeking", site -> {
            Fill.Values keys = site.others().apply("K");
            Fill.Values random = Fills.of("normal").bind(site);
            return index -> {
                long[] at = site.spec().shape().coordinates(index);
                long b = at[0];
                int s = Math.toIntExact(plan.flat() ? at[1] : at[2]);
                long h = plan.flat() ? at[2] / plan.d() : at[1];
                long c = plan.flat() ? at[2] % plan.d() : at[3];
                long border = Math.min(plan.lastVisible(b, s), plan.keysInUse(b) - 1);
                long key = switch (s % 3) {
                            case 0 -> border;
                            case 1 -> border + 1;
                            default -> 0;
                        }
                        - plan.p();
                if (key < 0 || key >= plan.t()) {
                    return random.at(index);
                }
                long g = h / (plan.h() / plan.g());
                long number = plan.flat()
                        ? ((b * plan.t() + key) * plan.g() + g) * plan.d() + c
                        : ((b * plan.g() + g) * plan.t() + key) * plan.d() + c;
                return 2 * keys.at(number);
            };
        });
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        Plan plan = Plan.of(call);
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
        Plan plan = Plan.of(call);
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
        new Reference(Plan.of(call), inputs, ComputeContract.STRICT).bias(b, h, query, into);
    }

    /// Queries and keys are summed over the head, values and masks over the keys.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        boolean overKeys = input.equals("V") || input.equals("past_value");
        return Fill.Along.axis(shape, overKeys ? -2 : -1);
    }
}
