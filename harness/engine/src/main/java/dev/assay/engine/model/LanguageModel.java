package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.model.Model.Experts;
import dev.assay.engine.model.Model.Heads;
import dev.assay.engine.model.Model.Kind;
import dev.assay.engine.model.Model.Latent;
import dev.assay.engine.model.Model.Mlp;
import dev.assay.engine.model.Model.Rope;
import dev.assay.engine.model.Model.Routing;
import dev.assay.engine.model.Model.Vocabulary;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Optional;

/// A decoder that predicts tokens: embedding, layers of attention and MLP or experts, head. Projections that read the
/// same input are one product, as serving stacks run them; devices share heads, intermediate sizes and vocabulary
/// (Megatron-LM, arXiv 1909.08053, section 3).
record LanguageModel(Model model) implements Architecture {

    @Override
    public List<Phase> phases(Request request) {
        return request.phases(Kind.LANGUAGE, 0, model.name());
    }

    @Override
    public void run(Phase phase, Calls calls) {
        Vocabulary vocabulary = Model.there(model.vocabulary());
        Experts experts = model.experts();
        long layers = model.layers();
        long dense = experts == null ? layers : experts.denseLayers();
        embedding(vocabulary, phase, calls);
        calls.norm("norm before attention", layers, phase.tokens(), model.hidden(), true);
        if (model.latent() != null) {
            latentAttention(model.latent(), phase, layers, calls);
        } else {
            attention(Model.there(model.attention()), phase, layers, calls);
        }
        calls.residual(layers, phase.tokens());
        calls.norm("norm before mlp", layers, phase.tokens(), model.hidden(), true);
        mlp("", model.mlp(), phase, dense, calls);
        if (experts != null) {
            experts(experts, phase, layers - dense, calls);
        }
        calls.residual(layers, phase.tokens());
        head(vocabulary, phase, calls);
    }

    private void embedding(Vocabulary vocabulary, Phase phase, Calls calls) {
        calls.embedding(
                "token embedding", phase.tokens(), calls.share(vocabulary.size(), phase.devices(), "the vocabulary"));
    }

    private void attention(Heads sizes, Phase phase, long layers, Calls calls) {
        int devices = phase.devices();
        long heads = calls.share(sizes.heads(), devices, "the number of heads");
        // Fewer key heads than devices: each keeps a copy of one.
        long keyHeads = devices > sizes.keyHeads() && devices % sizes.keyHeads() == 0
                ? 1
                : calls.share(sizes.keyHeads(), devices, "the number of key heads");
        long size = sizes.size();
        long tokens = phase.tokens();
        calls.linear("qkv projection", layers, tokens, (heads + 2 * keyHeads) * size, model.hidden(), sizes.qkvBias());
        if (sizes.qkNorm()) {
            calls.headNorm("norm of queries and keys", layers, tokens, heads, keyHeads, size);
        }
        calls.rotation("rotation of queries and keys", layers, tokens, heads, keyHeads, size);
        calls.leftOut("reshape_and_cache", "keys and values into the cache", layers);
        calls.attention(
                "attention",
                layers,
                new AttentionSizes(
                        phase.batch(), heads, keyHeads, phase.fresh(), phase.fresh(), phase.cached(), size, size),
                true,
                Optional.empty());
        calls.linear("o projection", layers, tokens, model.hidden(), heads * size, sizes.outputBias());
    }

    /// In decode, the products that widen the latent vector are applied to queries and outputs instead, so that
    /// attention reads the cache as it is: one key head, whose values are the first part of its keys.
    private void latentAttention(Latent sizes, Phase phase, long layers, Calls calls) {
        long heads = calls.share(sizes.heads(), phase.devices(), "the number of heads");
        long tokens = phase.tokens();
        long rank = sizes.keyRank();
        calls.linear("q_a projection", layers, tokens, sizes.queryRank(), model.hidden(), false);
        calls.norm("norm of the latent query", layers, tokens, sizes.queryRank(), true);
        calls.linear("q_b projection", layers, tokens, heads * sizes.key(), sizes.queryRank(), false);
        calls.linear("kv_a projection", layers, tokens, rank + sizes.rotated(), model.hidden(), false);
        calls.norm("norm of the latent keys", layers, tokens, rank, true);
        calls.rotation("rotation of queries and keys", layers, tokens, heads, 1, sizes.rotated());
        calls.leftOut("concat_and_cache_mla", "latent keys into the cache", layers);
        if (phase.kind() == Phase.Kind.DECODE) {
            calls.perHead("queries to latent space", layers, heads, tokens, rank, sizes.plain());
            calls.attention(
                    "latent attention",
                    layers,
                    new AttentionSizes(phase.batch(), heads, 1, 1, 1, phase.cached(), rank + sizes.rotated(), rank),
                    true,
                    Optional.of(scale(sizes)));
            calls.perHead("outputs from latent space", layers, heads, tokens, sizes.value(), rank);
        } else {
            calls.linear("kv_b projection", layers, tokens, heads * (sizes.plain() + sizes.value()), rank, false);
            calls.attention(
                    "attention",
                    layers,
                    new AttentionSizes(
                            phase.batch(),
                            heads,
                            heads,
                            phase.fresh(),
                            phase.fresh(),
                            phase.cached(),
                            sizes.key(),
                            sizes.value()),
                    true,
                    Optional.of(scale(sizes)));
        }
        calls.linear("o projection", layers, tokens, model.hidden(), heads * sizes.value(), false);
    }

    /// `mscale² / sqrt(key)` with `mscale = 0.1 m ln(factor) + 1` (YaRN, arXiv 2309.00071, equation 22; twice, as in
    /// DeepSeek-V3's modelling code).
    private double scale(Latent sizes) {
        Rope rope = model.rope();
        double mscale = rope == null || rope.scaling() == null
                ? 1
                : 0.1
                                * rope.scaling().mscaleAllDim()
                                * StrictMath.log(rope.scaling().factor())
                        + 1;
        return mscale * mscale / Math.sqrt((double) sizes.key());
    }

    private void mlp(String whose, Mlp sizes, Phase phase, long layers, Calls calls) {
        long width = calls.share(sizes.intermediate(), phase.devices(), "the intermediate size");
        long tokens = phase.tokens();
        String first = sizes.gated() ? "gate_up projection" : "up projection";
        calls.linear(whose + first, layers, tokens, (sizes.gated() ? 2 : 1) * width, model.hidden(), sizes.bias());
        calls.activation(sizes.activation(), sizes.gated(), whose + "activation", layers, tokens, width);
        calls.linear(whose + "down projection", layers, tokens, model.hidden(), width, sizes.bias());
    }

    private void experts(Experts experts, Phase phase, long layers, Calls calls) {
        long tokens = phase.tokens();
        DType router = DType.of(experts.router(), model.name() + ", field router");
        calls.weights(layers * experts.experts() * model.hidden());
        calls.product("router", layers, router, tokens, experts.experts(), model.hidden());
        calls.weights(experts.routing() == Routing.SIGMOID_GROUPED ? layers * experts.experts() : 0);
        calls.choice("choice of experts", layers, tokens, experts);
        if (experts.shared() > 0) {
            int width = experts.shared() * experts.intermediate();
            mlp("shared expert, ", new Mlp(width, true, false, model.mlp().activation()), phase, layers, calls);
        }
        calls.leftOut("moe_scatter", "tokens to experts", layers);
        routed(experts, phase, layers, calls);
        calls.leftOut("moe_combine", "outputs of experts together", layers);
    }

    /// Without a grouped product, one product for each expert; tokens are spread evenly, so that some experts have
    /// one more than the others.
    private void routed(Experts experts, Phase phase, long layers, Calls calls) {
        long width = calls.share(experts.intermediate(), phase.devices(), "the intermediate size of an expert");
        long hidden = model.hidden();
        calls.weights(layers * experts.experts() * 3 * width * hidden);
        long pairs = phase.tokens() * experts.active();
        long fewer = pairs / experts.experts();
        long more = pairs % experts.experts();
        expert(fewer + 1, layers * more, width, calls);
        if (fewer > 0) {
            expert(fewer, layers * (experts.experts() - more), width, calls);
        }
        calls.activation(model.mlp().activation(), true, "expert, activation", layers, pairs, width);
    }

    private void expert(long tokens, long times, long width, Calls calls) {
        DType dtype = DType.of(model.dtype(), model.name());
        calls.product("expert, gate_up projection", times, dtype, tokens, 2 * width, model.hidden());
        calls.product("expert, down projection", times, dtype, tokens, model.hidden(), width);
    }

    /// Only the last token of each sequence has a successor to predict.
    private void head(Vocabulary vocabulary, Phase phase, Calls calls) {
        calls.norm("last norm", 1, phase.batch(), model.hidden(), true);
        long size = calls.share(vocabulary.size(), phase.devices(), "the vocabulary");
        calls.linear("lm_head projection", 1, phase.batch(), size, model.hidden(), false);
        if (vocabulary.tied()) {
            calls.weights(-size * model.hidden());
        }
        calls.largest("choice of the next token", phase.batch(), size);
    }
}
