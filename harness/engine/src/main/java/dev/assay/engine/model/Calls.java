package dev.assay.engine.model;

import dev.assay.HarnessException;
import dev.assay.backend.Attribute;
import dev.assay.engine.model.Model.NormKind;
import dev.assay.engine.plan.DrawnConstant;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Takes down the calls of a model: the one place that says which operator of the catalogue computes a part of it, and
/// which parts it has no operator for. Weights are counted on the way.
final class Calls {
    private static final String STANDARD_FILL = "normal";
    /// Residual streams of language models have channels that stand out.
    private static final String STREAM_FILL = "outliers";
    /// What only moves values moves each as it is; these are also made quickly, of which large tables have many.
    private static final String MOVED_FILL = "codes";

    /// Keys of a page of the cache, as vLLM has them.
    private static final long PAGE = 16;
    /// One page in so many of a cache is in no sequence.
    private static final long SPARE_PAGES = 5;
    /// ONNX number of f8e4m3.
    private static final long ONNX_F8E4M3 = 17;

    private final Model model;
    private final long seed;
    private final DType dtype;
    private final List<Use> uses = new ArrayList<>();
    private long weights;

    /// @param seed of the constants that are drawn
    Calls(Model model, long seed) {
        this.model = model;
        this.seed = seed;
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

    /// `y = x Wᵀ + b` with x `[m,k]` and W `[n,k]`: without a bias a product with a matrix stored transposed, which is
    /// judged by samples where it is large.
    void linear(String role, long times, long m, long n, long k, boolean bias) {
        weights(times * (n * k + (bias ? n : 0)));
        if (!bias) {
            product(role, times, dtype, m, n, k);
        } else if (model.kind() == Model.Kind.LANGUAGE) {
            ifThere(
                    "linear",
                    STANDARD_FILL,
                    role,
                    times,
                    call -> call.input("X", dense(m, k)).input("W", dense(n, k)).input("B", dense(n)));
        } else {
            // Images and videos make products of thousands of rows, for which `linear` has no samples.
            product(role, times, dtype, m, n, k);
            sum(role + ", bias", times, Shape.of(m, n), Shape.of(n));
        }
    }

    /// A linear layer whose weights are those that the publisher quantised, if it did: its tokens are quantised first.
    void projection(String role, long times, long m, long n, long k, boolean bias) {
        if (model.quantization() == null) {
            linear(role, times, m, n, k, bias);
            return;
        }
        weights(times * n * k);
        quantisation(role + ", quantisation", times, m, k);
        scaledProduct(role, times, m, n, k);
    }

    /// Tokens in 8 bits, with a scale for each block of channels.
    void quantisation(String role, long times, long tokens, long width) {
        ifThere(
                "dynamic_quant",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("x", dense(tokens, width))
                        .attribute("output_dtype", new Attribute.Int(ONNX_F8E4M3))
                        .attribute(
                                "group_size",
                                new Attribute.Int(
                                        Model.there(model.quantization()).block())));
    }

    /// A product of quantised tokens and weights; the weights are not counted.
    void scaledProduct(String role, long times, long m, long n, long k) {
        Model.Quantization codes = Model.there(model.quantization());
        DType type = DType.of(codes.dtype(), model.name() + ", field quantization");
        long depth = Math.ceilDiv(k, codes.block());
        ifThere(
                "fp8_block_matmul",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("X", TensorSpec.of(type, m, k))
                        .input("W", TensorSpec.of(type, n, k))
                        .input("x_scale", TensorSpec.of(DType.F32, m, depth))
                        .input("w_scale", TensorSpec.of(DType.F32, Math.ceilDiv(n, codes.block()), depth))
                        .attribute("block_size", new Attribute.Int(codes.block())));
    }

    /// A product without a bias. The weights are not counted.
    void product(String role, long times, DType type, long m, long n, long k) {
        ifThere(
                "matmul",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("A", TensorSpec.of(type, m, k))
                        .input("B", TensorSpec.of(type, n, k).transposed(-1, -2)));
    }

    /// Rows of all experts, each with the weights of its own, which are not counted.
    void groups(String role, long times, long rows, long experts, long n, long k) {
        ifThere(
                "grouped_matmul",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("A", dense(rows, k))
                        .input("B", dense(experts, n, k).transposed(-1, -2))
                        .drawn("group_sizes", TensorSpec.of(DType.I32, experts), "dealt", rows));
    }

    /// One product `[m,k] x [k,n]` for each head, with weights of its own.
    void perHead(String role, long times, long heads, long m, long n, long k) {
        weights(times * heads * n * k);
        ifThere(
                "matmul",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("A", dense(heads, m, k)).input("B", dense(heads, k, n)));
    }

    /// Sizes of an attention.
    ///
    /// @param heads of queries; keyHeads: of keys and values
    /// @param queries per sequence; keys: per sequence
    /// @param keySize of a head; valueSize: of a value
    record AttentionSizes(
            long batch, long heads, long keyHeads, long queries, long keys, long keySize, long valueSize) {
        private long pages() {
            return Math.ceilDiv(keys, PAGE);
        }

        /// Pages of a cache that holds these sequences and a few pages that none of them has.
        private long blocks() {
            long used = batch * pages();
            return used + Math.ceilDiv(used, SPARE_PAGES - 1);
        }
    }

    /// Attention over contiguous keys and values, each query over all of them.
    void attention(String role, long times, AttentionSizes sizes) {
        ifThere(
                "attention",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("Q", dense(sizes.batch(), sizes.heads(), sizes.queries(), sizes.keySize()))
                        .input("K", dense(sizes.batch(), sizes.keyHeads(), sizes.keys(), sizes.keySize()))
                        .input("V", dense(sizes.batch(), sizes.keyHeads(), sizes.keys(), sizes.valueSize())));
    }

    /// Causal attention of prompts, which stand one after the other, over their own keys and values.
    ///
    /// @param scale of the scores, if it is not `1/sqrt(keySize)`
    void promptAttention(String role, long times, AttentionSizes sizes, Optional<Double> scale) {
        long tokens = sizes.batch() * sizes.queries();
        ifThere("varlen_attention", STANDARD_FILL, role, times, call -> {
            call.input("q", dense(tokens, sizes.heads(), sizes.keySize()))
                    .input("k", dense(tokens, sizes.keyHeads(), sizes.keySize()))
                    .input("v", dense(tokens, sizes.keyHeads(), sizes.valueSize()))
                    .starts("cu_seqlens_q", sizes.batch(), sizes.queries())
                    .starts("cu_seqlens_k", sizes.batch(), sizes.queries())
                    .attribute("causal", new Attribute.Int(1));
            scale.ifPresent(value -> call.attribute("scale", new Attribute.Real(value)));
            return call;
        });
    }

    /// Attention over the pages of a cache, in which the new keys are already. A single query sees them all.
    void pagedAttention(String role, long times, AttentionSizes sizes) {
        ifThere(
                "paged_attention",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("q", dense(sizes.batch() * sizes.queries(), sizes.heads(), sizes.keySize()))
                        .input("k_cache", dense(sizes.blocks(), PAGE, sizes.keyHeads(), sizes.keySize()))
                        .input("v_cache", dense(sizes.blocks(), PAGE, sizes.keyHeads(), sizes.valueSize()))
                        .pages(sizes)
                        .starts("cu_seqlens_q", sizes.batch(), sizes.queries())
                        .attribute("layout", new Attribute.Text("nhd")));
    }

    /// Attention of queries in latent space over the pages of a cache of latent vectors.
    ///
    /// @param sizes whose values are the first part of the keys
    void latentAttention(String role, long times, AttentionSizes sizes, double scale) {
        long rotated = sizes.keySize() - sizes.valueSize();
        ifThere(
                "mla_attention",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("q_nope", dense(sizes.batch() * sizes.queries(), sizes.heads(), sizes.valueSize()))
                        .input("q_pe", dense(sizes.batch() * sizes.queries(), sizes.heads(), rotated))
                        .input("ckv_cache", dense(sizes.blocks(), PAGE, sizes.valueSize()))
                        .input("kpe_cache", dense(sizes.blocks(), PAGE, rotated))
                        .pages(sizes)
                        .starts("cu_seqlens_q", sizes.batch(), sizes.queries())
                        .attribute("scale", new Attribute.Real(scale)));
    }

    /// New keys and values written into the pages of their sequences.
    void intoCache(String role, long times, AttentionSizes sizes) {
        long tokens = sizes.batch() * sizes.queries();
        ifThere(
                "reshape_and_cache",
                MOVED_FILL,
                role,
                times,
                call -> call.input("key", dense(tokens, sizes.keyHeads(), sizes.keySize()))
                        .input("value", dense(tokens, sizes.keyHeads(), sizes.valueSize()))
                        .input("key_cache", dense(sizes.blocks(), PAGE, sizes.keyHeads(), sizes.keySize()))
                        .input("value_cache", dense(sizes.blocks(), PAGE, sizes.keyHeads(), sizes.valueSize()))
                        .slots(sizes));
    }

    /// New latent vectors and rotated parts written into the pages of their sequences.
    void latentIntoCache(String role, long times, AttentionSizes sizes) {
        long tokens = sizes.batch() * sizes.queries();
        ifThere(
                "concat_and_cache_mla",
                MOVED_FILL,
                role,
                times,
                call -> call.input("kv_c", dense(tokens, sizes.valueSize()))
                        .input("k_pe", dense(tokens, sizes.keySize() - sizes.valueSize()))
                        .input("kv_cache", dense(sizes.blocks(), PAGE, sizes.keySize()))
                        .slots(sizes));
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
        ifThere(
                "layer_normalization",
                STREAM_FILL,
                role,
                times,
                call -> call.input("X", dense(tokens, width))
                        .input("Scale", dense(width))
                        .input("B", dense(width))
                        .attribute("epsilon", new Attribute.Real(model.norm().epsilon())));
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
                MOVED_FILL,
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
        ifThere(
                "add",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("A", TensorSpec.dense(dtype, a)).input("B", TensorSpec.dense(dtype, b)));
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

    /// A row of each token for each of its experts, those of an expert together.
    void scatter(String role, long times, long tokens, Model.Experts experts) {
        ifThere(
                "moe_scatter",
                MOVED_FILL,
                role,
                times,
                call -> call.input("X", dense(tokens, model.hidden()))
                        .input("ids", TensorSpec.of(DType.I32, tokens, experts.active()))
                        .attribute("num_experts", new Attribute.Int(experts.experts())));
    }

    /// What the experts of each token give, weighted.
    void combine(String role, long times, long tokens, Model.Experts experts) {
        ifThere(
                "moe_combine",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("rows", dense(tokens * experts.active(), model.hidden()))
                        .input("weights", TensorSpec.of(DType.F32, tokens, experts.active()))
                        .input("positions", TensorSpec.of(DType.I32, tokens, experts.active())));
    }

    /// A call being put together, whose constants recipes draw.
    private final class Draft {
        private final Operator operator;
        private final CallBuilder builder;
        private final Map<String, String> drawn = new LinkedHashMap<>();

        Draft(Operator operator, String role) {
            this.operator = operator;
            this.builder = new CallBuilder(operator, role);
        }

        Draft input(String name, TensorSpec spec) {
            builder.input(name, spec);
            return this;
        }

        Draft output(String name) {
            builder.output(name);
            return this;
        }

        Draft attribute(String name, Attribute value) {
            builder.attribute(name, value);
            return this;
        }

        Draft drawn(String name, TensorSpec spec, String recipe, long... parameters) {
            Fill fill =
                    Fills.of(recipe, Arrays.stream(parameters).asDoubleStream().toArray());
            builder.constant(name, spec, DrawnConstant.values(operator, name, spec, fill, seed, model.name()));
            drawn.put(name, fill.name());
            return this;
        }

        /// Starts of sequences of one length.
        Draft starts(String name, long sequences, long length) {
            return drawn(name, TensorSpec.of(DType.I32, sequences + 1), "steps", 0, length);
        }

        /// The pages of each sequence, in no order, and how many keys it has: its last page may be partly in use.
        Draft pages(AttentionSizes sizes) {
            return drawn(
                            "block_table",
                            TensorSpec.of(DType.I32, sizes.batch(), sizes.pages()),
                            "distinct",
                            0,
                            sizes.blocks() - 1)
                    .drawn("kv_seq_lens", TensorSpec.of(DType.I32, sizes.batch()), "values", sizes.keys());
        }

        /// Where the last keys of each sequence go.
        Draft slots(AttentionSizes sizes) {
            return drawn(
                    "slot_mapping",
                    TensorSpec.of(DType.I64, sizes.batch() * sizes.queries()),
                    "slots",
                    PAGE,
                    sizes.keys() - sizes.queries(),
                    sizes.queries(),
                    sizes.blocks());
        }

        Use use(String fill, String role, long times) {
            return new Use(operator.name(), Optional.of(builder.build()), fill, Map.copyOf(drawn), role, times);
        }
    }

    /// A call of an operator that the catalogue may not have: without it the part is left out, and named.
    private void ifThere(String name, String fill, String role, long times, UnaryOperator<Draft> operands) {
        if (times == 0) {
            return;
        }
        if (!Operators.has(name)) {
            uses.add(new Use(name, Optional.empty(), "-", Map.of(), role, times));
            return;
        }
        uses.add(operands.apply(new Draft(Operators.named(name, model.name()), role))
                .use(fill, role, times));
    }

    private TensorSpec dense(long... sizes) {
        return TensorSpec.of(dtype, sizes);
    }
}
