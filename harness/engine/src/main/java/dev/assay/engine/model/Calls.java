package dev.assay.engine.model;

import dev.assay.HarnessException;
import dev.assay.engine.model.Model.NormKind;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Takes down the calls of a model: the one place that says which operator of the catalogue computes a part of it, and
/// which parts it has no operator for. Weights are counted on the way.
final class Calls {
    static final String STANDARD_FILL = "normal";
    /// Residual streams of language models have channels that stand out.
    static final String STREAM_FILL = "outliers";
    /// What only moves values moves each as it is; these are also made quickly, of which large tables have many.
    static final String MOVED_FILL = "codes";

    /// Keys of a page of the cache, as vLLM has them.
    static final long PAGE = 16;
    /// One page in so many of a cache is in no sequence.
    private static final long SPARE_PAGES = 5;
    /// ONNX number of f8e4m3.
    private static final long ONNX_F8E4M3 = 17;

    private final Model model;
    private final long seed;
    private final DType dtype;
    private final List<Use> uses = new ArrayList<>();
    private final Optional<Tape> tape;
    private long weights;

    /// @param seed of the constants that are drawn
    /// @param training whether the way back and the step of the optimizer follow
    Calls(Model model, long seed, boolean training) {
        this.model = model;
        this.seed = seed;
        this.dtype = DType.of(model.dtype(), model.name() + ", field dtype");
        this.tape = training ? Optional.of(new Tape(this, Model.there(model.training()))) : Optional.empty();
    }

    /// All calls in their order: the way forward, and of a training step what follows it.
    List<Use> uses() {
        List<Use> all = new ArrayList<>(uses);
        tape.ifPresent(taped -> all.addAll(taped.uses()));
        return all;
    }

    /// Calls of serving, taken down here.
    ServingCalls serving() {
        return new ServingCalls(this);
    }

    Model model() {
        return model;
    }

    DType dtype() {
        return dtype;
    }

    /// Parameters of all layers on one of the devices that share them.
    long weights() {
        return weights;
    }

    /// Counts parameters that no call here reads.
    void weights(long count) {
        weights = Math.addExact(weights, count);
    }

    /// Says that the last of these weights are those of the embedding.
    void tied(String role, long rows) {
        weights(-rows * model.hidden());
        tape.ifPresent(taped -> taped.tied(role));
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
            call(
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
        tape.ifPresent(taped -> taped.linear(role, times, m, n, k, bias));
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
        call(
                "dynamic_quant",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("x", dense(tokens, width))
                        .attribute("output_dtype", ONNX_F8E4M3)
                        .attribute(
                                "group_size", Model.there(model.quantization()).block()));
    }

    /// A product of quantised tokens and weights; the weights are not counted.
    void scaledProduct(String role, long times, long m, long n, long k) {
        Model.Quantization codes = Model.there(model.quantization());
        DType type = DType.of(codes.dtype(), model.name() + ", field quantization");
        long depth = Math.ceilDiv(k, codes.block());
        call(
                "fp8_block_matmul",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("X", TensorSpec.of(type, m, k))
                        .input("W", TensorSpec.of(type, n, k))
                        .input("x_scale", TensorSpec.of(DType.F32, m, depth))
                        .input("w_scale", TensorSpec.of(DType.F32, Math.ceilDiv(n, codes.block()), depth))
                        .attribute("block_size", codes.block()));
    }

    /// A product without a bias. The weights are not counted.
    void product(String role, long times, DType type, long m, long n, long k) {
        call(
                "matmul",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("A", TensorSpec.of(type, m, k))
                        .input("B", TensorSpec.of(type, n, k).transposed(-1, -2)));
    }

    /// `dX = dY W` with dY `[m,n]` and W `[n,k]`: the way back through a linear layer whose weights stay as they are.
    void turned(String role, long times, long m, long n, long k) {
        call(
                "matmul",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("A", dense(m, n)).input("B", dense(n, k)));
    }

    /// A part for which the catalogue has no operator yet.
    void missing(String operator, String role, long times) {
        uses.add(new Use(operator, Optional.empty(), "-", Map.of(), role, times));
    }

    /// Rows of all experts, each with the weights of its own, which are not counted.
    void groups(String role, long times, long rows, long experts, long n, long k) {
        call(
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
        call(
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
        /// Queries, keys and values that are contiguous.
        Draft operands(Draft call, DType dtype, boolean causal) {
            call.input("Q", TensorSpec.of(dtype, batch, heads, queries, keySize))
                    .input("K", TensorSpec.of(dtype, batch, keyHeads, keys, keySize))
                    .input("V", TensorSpec.of(dtype, batch, keyHeads, keys, valueSize));
            return causal ? call.attribute("is_causal", 1) : call;
        }

        long pages() {
            return Math.ceilDiv(keys, PAGE);
        }

        /// Pages of a cache that holds these sequences and a few pages that none of them has.
        long blocks() {
            long used = batch * pages();
            return used + Math.ceilDiv(used, SPARE_PAGES - 1);
        }
    }

    /// Attention over contiguous keys and values.
    ///
    /// @param causal whether a query sees no later key
    void attention(String role, long times, AttentionSizes sizes, boolean causal) {
        call("attention", STANDARD_FILL, role, times, call -> sizes.operands(call, dtype, causal));
        tape.ifPresent(taped -> taped.attention(role, times, sizes, causal));
    }

    /// Normalises each token.
    ///
    /// @param weighted whether it has weights of its own
    void norm(String role, long times, long tokens, long width, boolean weighted) {
        Model.Norm norm = Model.there(model.norm());
        if (norm.kind() == NormKind.RMS) {
            weights(times * width);
            call(
                    "rms_normalization",
                    STREAM_FILL,
                    role,
                    times,
                    call -> call.input("X", dense(tokens, width))
                            .input("scale", dense(width))
                            .attribute("epsilon", norm.epsilon()));
            tape.ifPresent(taped -> taped.rmsNorm(role, times, Shape.of(tokens, width), true));
            return;
        }
        weights(weighted ? times * 2 * width : 0);
        call("layer_normalization", STREAM_FILL, role, times, call -> {
            call.input("X", dense(tokens, width))
                    .input("Scale", dense(width))
                    .input("B", dense(width))
                    .attribute("epsilon", norm.epsilon());
            // The way back needs the statistics.
            return tape.isEmpty() ? call : call.output("Mean").output("InvStdDev");
        });
        tape.ifPresent(taped -> taped.layerNorm(role, times, tokens, width));
    }

    /// Normalises each head of queries and keys by itself.
    void headNorm(String role, long times, long tokens, long heads, long keyHeads, long size) {
        weights(times * 2 * size);
        call(
                "qk_normalization",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("q", dense(tokens, heads, size))
                        .input("k", dense(tokens, keyHeads, size))
                        .input("q_scale", dense(size))
                        .input("k_scale", dense(size))
                        .attribute("epsilon", Model.there(model.norm()).epsilon()));
        tape.ifPresent(taped -> {
            taped.rmsNorm(role + ", queries", times, Shape.of(tokens, heads, size), false);
            taped.rmsNorm(role + ", keys", times, Shape.of(tokens, keyHeads, size), false);
        });
    }

    /// Rows of a table of so many tokens.
    void embedding(String role, long tokens, long rows) {
        weights(rows * model.hidden());
        call(
                "embedding",
                MOVED_FILL,
                role,
                1,
                call -> call.input("table", dense(rows, model.hidden()))
                        .input("ids", TensorSpec.dense(DType.I64, Shape.of(tokens))));
        tape.ifPresent(taped -> taped.embedding(role, tokens, rows, model.hidden()));
    }

    /// How badly each token is predicted, on average.
    ///
    /// @param classes tokens that there are
    void loss(String role, long tokens, long classes) {
        call(
                "cross_entropy",
                STANDARD_FILL,
                role,
                1,
                call -> call.input("logits", dense(tokens, classes)).input("labels", TensorSpec.of(DType.I64, tokens)));
        tape.ifPresent(taped -> taped.loss(role, tokens, classes));
    }

    /// The place of the largest score of each sequence.
    void largest(String role, long sequences, long scores) {
        call(
                "argmax",
                STANDARD_FILL,
                role,
                1,
                call -> call.input("data", dense(sequences, scores))
                        .attribute("axis", -1)
                        .attribute("keepdims", 0));
    }

    /// The residual stream and what a block adds to it.
    void residual(long times, long tokens) {
        Shape stream = Shape.of(tokens, model.hidden());
        sum("residual", times, stream, stream);
        tape.ifPresent(taped -> taped.residual(times, stream));
    }

    void sum(String role, long times, Shape a, Shape b) {
        call(
                "add",
                STANDARD_FILL,
                role,
                times,
                call -> call.input("A", TensorSpec.dense(dtype, a)).input("B", TensorSpec.dense(dtype, b)));
    }

    /// Dimensions in another order.
    ///
    /// @param order the input's dimension for each of the output's
    void transposed(String role, long times, Shape shape, long... order) {
        call(
                "transpose",
                MOVED_FILL,
                role,
                times,
                call -> call.input("data", TensorSpec.dense(dtype, shape)).attribute("perm", order));
    }

    /// What stands between the products of a feed-forward block; a gated one takes both halves of the first.
    ///
    /// @param operator its name, such as `swiglu`
    /// @param gated whether it takes two operands
    void activation(String operator, boolean gated, String role, long times, long tokens, long width) {
        call(
                operator,
                STANDARD_FILL,
                role,
                times,
                call -> gated
                        ? call.input("A", dense(tokens, width)).input("B", dense(tokens, width))
                        : call.input("X", dense(tokens, width)));
        tape.ifPresent(taped -> taped.activation(operator, gated, role, times, Shape.of(tokens, width)));
    }

    /// Each token multiplied with a line that its sequence has.
    void modulation(String role, long times, long sequences, long length) {
        call(
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
        UnaryOperator<Draft> operands = call -> {
            call.input("q", dense(tokens, heads, size))
                    .input("positions", TensorSpec.dense(DType.I64, Shape.of(tokens)))
                    .input("k", dense(tokens, keyHeads, size))
                    .output("k_out")
                    .attribute("theta", rope.theta());
            if (rope.scaling() != null && rope.scaling().kind().equals("yarn")) {
                call.attribute("yarn_factor", rope.scaling().factor())
                        .attribute("original_positions", rope.scaling().originalLength());
            }
            return call;
        };
        call("rope", STANDARD_FILL, role, times, operands);
        tape.ifPresent(taped -> taped.rotation(role, times, operands));
    }

    /// A call of an operator that the catalogue may not have: without it the part is left out, and named.
    ///
    /// @param fill recipe of its inputs
    void call(String name, String fill, String role, long times, UnaryOperator<Draft> operands) {
        if (times > 0) {
            uses.add(use(name, fill, role, times, operands));
        }
    }

    /// A use that is not taken down.
    Use use(String name, String fill, String role, long times, UnaryOperator<Draft> operands) {
        if (!Operators.has(name)) {
            return new Use(name, Optional.empty(), "-", Map.of(), role, times);
        }
        return operands.apply(new Draft(Operators.named(name, model.name()), role, model.name(), seed))
                .use(fill, role, times);
    }

    TensorSpec dense(long... sizes) {
        return TensorSpec.of(dtype, sizes);
    }
}
