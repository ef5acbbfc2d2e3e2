package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.model.Model.Heads;
import dev.assay.engine.model.Model.Pair;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// The trunk of AlphaFold 3 (Abramson et al., Nature 630, 2024, supplementary algorithms 8 to 15 and 17): blocks that
/// read an alignment, and the blocks of the pairformer. Products that read the same input are one; nothing is dropped.
record PairBlocks(Model model) implements Architecture {
    private static final List<Phase> CROPS = List.of(
            Phase.of(Phase.Kind.PAIRS, 1, 128, 1, false),
            Phase.of(Phase.Kind.PAIRS, 1, 256, 1, true),
            Phase.of(Phase.Kind.PAIRS, 1, 384, 1, true),
            Phase.of(Phase.Kind.PAIRS, 1, 768, 1, true));

    @Override
    public List<Phase> phases(Request request) {
        return request.examples(CROPS, false, model.name());
    }

    @Override
    public void run(Phase phase, Calls calls) {
        Pair sizes = Model.there(model.pair());
        long tokens = phase.fresh();
        long alignments = (long) sizes.alignments() * phase.batch();
        long layers = (long) model.layers() * phase.batch();
        alignment(sizes, tokens, alignments, calls);
        pairs(sizes, tokens, alignments + layers, calls);
        tokens(sizes, tokens, layers, calls);
    }

    /// Algorithms 8 to 10: the alignment's outer product into pairs, and sequences weighed by pairs.
    private static void alignment(Pair sizes, long tokens, long times, Calls calls) {
        long channels = sizes.alignmentChannels();
        long residues = sizes.sequences() * tokens;
        long pairs = tokens * tokens;
        long outer = sizes.outer();
        calls.norm("outer product, norm", times, residues, channels, true);
        calls.linear("outer product, projections", times, residues, 2 * outer, channels, false);
        TensorSpec side = calls.dense(sizes.sequences(), tokens, outer);
        calls.call(
                "outer_product_mean",
                Calls.STANDARD_FILL,
                "outer product",
                times,
                call -> call.input("a", side).input("b", side).input("mask", calls.dense(sizes.sequences(), tokens)));
        calls.linear("outer product, output projection", times, pairs, sizes.channels(), outer * outer, true);
        added("outer product, sum", times, Shape.of(pairs, sizes.channels()), calls);

        long heads = sizes.alignmentHeads();
        long width = heads * sizes.alignmentHeadSize();
        String whose = "weighing of sequences, ";
        calls.norm(whose + "norm", times, residues, channels, true);
        calls.linear(whose + "values and gate", times, residues, 2 * width, channels, false);
        bias(whose, sizes, tokens, heads, times, calls);
        calls.call(
                "softmax",
                Calls.STANDARD_FILL,
                whose + "softmax",
                times,
                call -> call.input("input", calls.dense(heads, tokens, tokens)).attribute("axis", -1));
        long columns = sizes.sequences() * (long) sizes.alignmentHeadSize();
        calls.call(
                "matmul",
                Calls.STANDARD_FILL,
                whose + "product",
                times,
                call -> call.input("A", calls.dense(heads, tokens, tokens))
                        .input("B", calls.dense(heads, tokens, columns)));
        gated(whose, times, residues, width, channels, calls);
        transition("transition of sequences", sizes.transition(), times, residues, channels, calls);
    }

    /// Algorithms 12 to 15.
    private static void pairs(Pair sizes, long tokens, long times, Calls calls) {
        for (String direction : List.of("outgoing", "incoming")) {
            multiplication(direction, sizes, tokens, times, calls);
        }
        for (String node : List.of("starting", "ending")) {
            attention(node, sizes, tokens, times, calls);
        }
        transition("transition of pairs", sizes.transition(), times, tokens * tokens, sizes.channels(), calls);
    }

    private static void multiplication(String direction, Pair sizes, long tokens, long times, Calls calls) {
        String whose = "triangle multiplication, " + direction + ", ";
        long pairs = tokens * tokens;
        long channels = sizes.channels();
        calls.norm(whose + "norm", times, pairs, channels, true);
        // Both edges, their gates and that of the result.
        calls.linear(whose + "projections", times, pairs, 5 * channels, channels, false);
        TensorSpec edges = calls.dense(tokens, tokens, channels);
        calls.call(
                "triangle_multiplication",
                Calls.STANDARD_FILL,
                "triangle multiplication, " + direction,
                times,
                call -> call.input("a", edges)
                        .input("b", edges)
                        .input("mask", calls.dense(tokens, tokens))
                        .input("gate_a", edges)
                        .input("gate_b", edges)
                        .attribute("direction", direction));
        calls.norm(whose + "norm of products", times, pairs, channels, true);
        calls.linear(whose + "output projection", times, pairs, channels, channels, false);
        gate(whose, times, pairs, channels, calls);
        added(whose + "sum", times, Shape.of(pairs, channels), calls);
    }

    private static void attention(String node, Pair sizes, long tokens, long times, Calls calls) {
        String whose = "triangle attention, " + node + ", ";
        long pairs = tokens * tokens;
        long width = (long) sizes.heads() * sizes.headSize();
        calls.norm(whose + "norm", times, pairs, sizes.channels(), true);
        calls.linear(whose + "qkv projection and gate", times, pairs, 4 * width, sizes.channels(), false);
        calls.linear(whose + "bias projection", times, pairs, sizes.heads(), sizes.channels(), false);
        TensorSpec heads = calls.dense(tokens, tokens, sizes.heads(), sizes.headSize());
        calls.call(
                "triangle_attention",
                Calls.STANDARD_FILL,
                "triangle attention, " + node,
                times,
                call -> call.input("q", heads)
                        .input("k", heads)
                        .input("v", heads)
                        .input("bias", calls.dense(tokens, tokens, sizes.heads()))
                        .input("mask", TensorSpec.of(DType.BOOL, tokens, tokens))
                        .attribute("node", node));
        gated(whose, times, pairs, width, sizes.channels(), calls);
    }

    /// Algorithms 17 and 24: the representation of each token, whose attention is biased by pairs.
    private void tokens(Pair sizes, long tokens, long times, Calls calls) {
        Heads single = Model.there(model.attention());
        long width = (long) single.heads() * single.size();
        long hidden = model.hidden();
        String whose = "attention with pair bias, ";
        calls.norm(whose + "norm", times, tokens, hidden, true);
        calls.linear(whose + "q projection", times, tokens, width, hidden, true);
        calls.linear(whose + "kv projection and gate", times, tokens, 3 * width, hidden, false);
        bias(whose, sizes, tokens, single.heads(), times, calls);
        calls.call(
                "attention",
                Calls.STANDARD_FILL,
                "attention with pair bias",
                times,
                call -> new AttentionSizes(
                                1, single.heads(), single.heads(), tokens, tokens, single.size(), single.size())
                        .operands(call, calls.dtype(), false)
                        .input("attn_mask", calls.dense(1, single.heads(), tokens, tokens)));
        gated(whose, times, tokens, width, hidden, calls);
        transition("transition of tokens", sizes.transition(), times, tokens, hidden, calls);
    }

    /// A bias for each head, of normalised pairs, heads first.
    private static void bias(String whose, Pair sizes, long tokens, long heads, long times, Calls calls) {
        calls.norm(whose + "norm of pairs", times, tokens * tokens, sizes.channels(), true);
        calls.linear(whose + "bias projection", times, tokens * tokens, heads, sizes.channels(), false);
        calls.transposed(whose + "bias, heads first", times, Shape.of(tokens, tokens, heads), 2, 0, 1);
    }

    /// What attention gives, gated, projected to the stream and added to it.
    private static void gated(String whose, long times, long rows, long width, long stream, Calls calls) {
        gate(whose, times, rows, width, calls);
        calls.linear(whose + "o projection", times, rows, stream, width, false);
        added(whose + "sum", times, Shape.of(rows, stream), calls);
    }

    private static void gate(String whose, long times, long rows, long width, Calls calls) {
        Shape shape = Shape.of(rows, width);
        calls.activation("sigmoid", false, whose + "sigmoid of the gate", times, rows, width);
        calls.call(
                "mul",
                Calls.STANDARD_FILL,
                whose + "gate",
                times,
                call -> call.input("A", TensorSpec.dense(calls.dtype(), shape))
                        .input("B", TensorSpec.dense(calls.dtype(), shape)));
    }

    /// Algorithm 11: a gated layer, several times wider.
    private static void transition(String role, int factor, long times, long rows, long channels, Calls calls) {
        long inner = factor * channels;
        calls.norm(role + ", norm", times, rows, channels, true);
        calls.linear(role + ", gate_up projection", times, rows, 2 * inner, channels, false);
        calls.activation("swiglu", true, role + ", activation", times, rows, inner);
        calls.linear(role + ", down projection", times, rows, channels, inner, false);
        added(role + ", sum", times, Shape.of(rows, channels), calls);
    }

    private static void added(String role, long times, Shape shape, Calls calls) {
        calls.sum(role, times, shape, shape);
    }
}
