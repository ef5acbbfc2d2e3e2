package dev.assay.engine.model;

import dev.assay.HarnessException;
import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.engine.model.Model.NormKind;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Takes down the calls of a model: the one place that says which operator of the catalogue computes a part of it, and
/// which parts it has no operator for. Weights are counted on the way.
final class Calls {
    private static final String STANDARD_FILL = "normal";
    /// Residual streams of language models have channels that stand out.
    private static final String STREAM_FILL = "outliers";

    private final Model model;
    private final DType dtype;
    private final List<Use> uses = new ArrayList<>();
    private long weights;

    Calls(Model model) {
        this.model = model;
        this.dtype = DType.of(model.dtype(), model.name() + ", field dtype");
    }

    List<Use> uses() {
        return List.copyOf(uses);
    }

    /// Parameters of all layers on one of the devices that share them.
    long weights() {
        return weights;
    }

    /// Counts parameters that no call here reads.
    void weights(long count) {
        weights = Math.addExact(weights, count);
    }

    /// A share of a size. Throws [HarnessException] if it does not come out even.
    long share(long size, int devices, String what) {
        if (size % devices != 0) {
            throw new HarnessException(
                    what + " of " + model.name() + ", " + size + ", cannot be shared by " + devices + " devices",
                    "--tp " + devices,
                    "give a number that divides " + size);
        }
        return size / devices;
    }

    /// `y = x Wᵀ + b` with x `[m,k]` and W `[n,k]`: a product with a matrix stored transposed, and a sum.
    void linear(String role, long times, long m, long n, long k, boolean bias) {
        weights(times * (n * k + (bias ? n : 0)));
        product(role, times, dtype, m, n, k);
        if (bias) {
            sum(role + ", bias", times, Shape.of(m, n), Shape.of(n));
        }
    }

    /// As [#linear], without counting the weights.
    void product(String role, long times, DType type, long m, long n, long k) {
        Operator operator = operator("matmul");
        CallBuilder builder = new CallBuilder(operator, role)
                .input("A", TensorSpec.dense(type, Shape.of(m, k)))
                .input("B", TensorSpec.dense(type, Shape.of(n, k)).transposed(-1, -2));
        use(operator, builder.build(), STANDARD_FILL, role, times);
    }

    /// One product `[m,k] x [k,n]` for each head, with weights of its own.
    void perHead(String role, long times, long heads, long m, long n, long k) {
        weights(times * heads * n * k);
        Operator operator = operator("matmul");
        CallBuilder builder =
                new CallBuilder(operator, role).input("A", dense(heads, m, k)).input("B", dense(heads, k, n));
        use(operator, builder.build(), STANDARD_FILL, role, times);
    }

    /// Sizes of an attention.
    ///
    /// @param heads of queries; keyHeads: of keys and values
    /// @param queries per sequence; keys: new ones; cached: earlier ones
    /// @param keySize of a head; valueSize: of a value
    record AttentionSizes(
            long batch,
            long heads,
            long keyHeads,
            long queries,
            long keys,
            long cached,
            long keySize,
            long valueSize) {}

    /// Attention over contiguous keys and values; pages of a cache are not modelled.
    ///
    /// @param scale of the scores, if it is not `1/sqrt(keySize)`
    void attention(String role, long times, AttentionSizes sizes, boolean causal, Optional<Double> scale) {
        Operator operator = operator("attention");
        CallBuilder builder = new CallBuilder(operator, role)
                .input("Q", dense(sizes.batch(), sizes.heads(), sizes.queries(), sizes.keySize()))
                .input("K", dense(sizes.batch(), sizes.keyHeads(), sizes.keys(), sizes.keySize()))
                .input("V", dense(sizes.batch(), sizes.keyHeads(), sizes.keys(), sizes.valueSize()));
        if (sizes.cached() > 0) {
            builder.input("past_key", dense(sizes.batch(), sizes.keyHeads(), sizes.cached(), sizes.keySize()))
                    .input("past_value", dense(sizes.batch(), sizes.keyHeads(), sizes.cached(), sizes.valueSize()));
        }
        // A single query sees every key anyway.
        if (causal && sizes.queries() > 1) {
            builder.attribute("is_causal", new Attribute.Int(1));
        }
        scale.ifPresent(value -> builder.attribute("scale", new Attribute.Real(value)));
        use(operator, builder.build(), STANDARD_FILL, role, times);
    }

    /// Normalises each token.
    ///
    /// @param weighted whether it has weights of its own
    void norm(String role, long times, long tokens, long width, boolean weighted) {
        if (model.norm().kind() == NormKind.RMS) {
            weights(times * width);
            ifThere(
                    "rms_normalization",
                    STREAM_FILL,
                    role,
                    times,
                    call -> call.input("X", dense(tokens, width))
                            .input("scale", dense(width))
                            .attribute(
                                    "epsilon", new Attribute.Real(model.norm().epsilon())));
            return;
        }
        weights(weighted ? times * 2 * width : 0);
        Operator operator = operator("layer_normalization");
        CallBuilder builder = new CallBuilder(operator, role)
                .input("X", dense(tokens, width))
                .input("Scale", dense(width))
                .input("B", dense(width))
                .attribute("epsilon", new Attribute.Real(model.norm().epsilon()));
        use(operator, builder.build(), STREAM_FILL, role, times);
    }

    /// Normalises each head of queries and keys by itself.
    void headNorm(String role, long times, long tokens, long heads, long keyHeads, long size) {
        weights(times * 2 * size);
        ifThere(
                "qk_normalization",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("q", dense(tokens, heads, size))
                        .input("k", dense(tokens, keyHeads, size))
                        .input("q_scale", dense(size))
                        .input("k_scale", dense(size))
                        .attribute("epsilon", new Attribute.Real(model.norm().epsilon())));
    }

    /// Rows of a table of so many tokens.
    void embedding(String role, long tokens, long rows) {
        weights(rows * model.hidden());
        ifThere(
                "embedding",
                STANDARD_FILL,
                role,
                1,
                call -> call.input("table", dense(rows, model.hidden()))
                        .input("ids", TensorSpec.dense(DType.I64, Shape.of(tokens))));
    }

    /// The place of the largest score of each sequence.
    void largest(String role, long sequences, long scores) {
        ifThere(
                "argmax",
                STANDARD_FILL,
                role,
                1,
                call -> call.input("data", dense(sequences, scores))
                        .attribute("axis", new Attribute.Int(-1))
                        .attribute("keepdims", new Attribute.Int(0)));
    }

    /// The residual stream and what a block adds to it.
    void residual(long times, long tokens) {
        sum("residual", times, Shape.of(tokens, model.hidden()), Shape.of(tokens, model.hidden()));
    }

    void sum(String role, long times, Shape a, Shape b) {
        Operator operator = operator("add");
        CallBuilder builder = new CallBuilder(operator, role)
                .input("A", TensorSpec.dense(dtype, a))
                .input("B", TensorSpec.dense(dtype, b));
        use(operator, builder.build(), STANDARD_FILL, role, times);
    }

    /// What stands between the products of a feed-forward block; a gated one takes both halves of the first.
    ///
    /// @param operator its name, such as `swiglu`
    /// @param gated whether it takes two operands
    void activation(String operator, boolean gated, String role, long times, long tokens, long width) {
        ifThere(
                operator,
                STANDARD_FILL,
                role,
                times,
                call -> gated
                        ? call.input("A", dense(tokens, width)).input("B", dense(tokens, width))
                        : call.input("X", dense(tokens, width)));
    }

    /// Each token multiplied with a line that its sequence has.
    void modulation(String role, long times, long sequences, long length) {
        ifThere(
                "mul",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("A", dense(sequences, length, model.hidden()))
                        .input("B", dense(sequences, 1, model.hidden())));
    }

    /// Rotates queries and keys by their positions.
    ///
    /// @param size of a head, or of the part of it that is rotated
    void rotation(String role, long times, long tokens, long heads, long keyHeads, long size) {
        Model.Rope rope = Model.there(model.rope());
        ifThere("rope", STANDARD_FILL, role, times, call -> {
            call.input("q", dense(tokens, heads, size))
                    .input("positions", TensorSpec.dense(DType.I64, Shape.of(tokens)))
                    .input("k", dense(tokens, keyHeads, size))
                    .output("k_out")
                    .attribute("theta", new Attribute.Real(rope.theta()));
            if (rope.scaling() != null && rope.scaling().kind().equals("yarn")) {
                call.attribute("yarn_factor", new Attribute.Real(rope.scaling().factor()))
                        .attribute(
                                "original_positions",
                                new Attribute.Int(rope.scaling().originalLength()));
            }
            return call;
        });
    }

    /// Chooses experts for each token from the router's scores.
    void choice(String role, long times, long tokens, Model.Experts experts) {
        boolean grouped = experts.routing() == Model.Routing.SIGMOID_GROUPED;
        DType scores = DType.of(experts.router(), model.name() + ", field router");
        TensorSpec logits = TensorSpec.dense(scores, Shape.of(tokens, experts.experts()));
        ifThere(grouped ? "moe_sigmoid_grouped_topk" : "moe_softmax_topk", STANDARD_FILL, role, times, call -> {
            call.input("logits", logits).attribute("k", new Attribute.Int(experts.active()));
            return grouped
                    ? call.input("correction_bias", TensorSpec.dense(DType.F32, Shape.of(experts.experts())))
                            .attribute("n_group", new Attribute.Int(experts.groups()))
                            .attribute("topk_group", new Attribute.Int(experts.activeGroups()))
                    : call;
        });
    }

    /// A call of an operator that the catalogue may not have: without it the part is left out, and named.
    private void ifThere(String name, String fill, String role, long times, UnaryOperator<CallBuilder> operands) {
        if (!Operators.has(name)) {
            leftOut(name, role, times);
            return;
        }
        Operator operator = operator(name);
        use(operator, operands.apply(new CallBuilder(operator, role)).build(), fill, role, times);
    }

    /// A part for which the catalogue has no operator.
    void leftOut(String operator, String role, long times) {
        if (times > 0) {
            uses.add(new Use(operator, Optional.empty(), "-", role, times));
        }
    }

    private TensorSpec dense(long... sizes) {
        return TensorSpec.dense(dtype, Shape.of(sizes));
    }

    private Operator operator(String name) {
        return Operators.named(name, model.name());
    }

    private void use(Operator operator, Call call, String fill, String role, long times) {
        if (times > 0) {
            uses.add(new Use(operator.name(), Optional.of(call), fill, role, times));
        }
    }
}
