package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.model.Model.Experts;
import dev.assay.engine.model.Model.Heads;
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
/// (Megatron-LM, arXiv 1909.08053, section 3). In training, attention is that of whole sequences, and keys and values
/// go to no cache.
record LanguageModel(Model model) implements Architecture {

    @Override
    public List<Phase> phases(Request request) {
        if (model.training() != null) {
            return request.examples(Phase.TRAINING, true, model.name());
        }
        return request.languagePhases(Optional.ofNullable(model.experts()), model.name());
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
        mlp("", Model.there(model.mlp()), phase, dense, calls);
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
        calls.projection(
                "qkv projection", layers, tokens, (heads + 2 * keyHeads) * size, model.hidden(), sizes.qkvBias());
        if (sizes.qkNorm()) {
            calls.headNorm("norm of queries and keys", layers, tokens, heads, keyHeads, size);
        }
        calls.rotation("rotation of queries and keys", layers, tokens, heads, keyHeads, size);
        AttentionSizes attention =
                new AttentionSizes(phase.batch(), heads, keyHeads, phase.fresh(), keys(phase), size, size);
        if (phase.kind() == Phase.Kind.TRAINING) {
            calls.attention("attention", layers, attention, true);
        } else {
            calls.serving().intoCache("keys and values into the cache", layers, attention);
            if (phase.kind() == Phase.Kind.DECODE) {
                calls.serving().pagedAttention("attention", layers, attention);
            } else {
                calls.serving().promptAttention("attention", layers, attention, Optional.empty());
            }
        }
        calls.projection("o projection", layers, tokens, model.hidden(), heads * size, sizes.outputBias());
    }

    private static long keys(Phase phase) {
        return (long) phase.cached() + phase.fresh();
    }

    /// In decode, the products that widen the latent vector are applied to queries and outputs instead, so that
    /// attention reads the cache as it is: one key head, whose values are the first part of its keys.
    private void latentAttention(Latent sizes, Phase phase, long layers, Calls calls) {
        long heads = calls.share(sizes.heads(), phase.devices(), "the number of heads");
        long tokens = phase.tokens();
        long rank = sizes.keyRank();
        calls.projection(
                "qkv_a projection", layers, tokens, sizes.queryRank() + rank + sizes.rotated(), model.hidden(), false);
        calls.norm("norm of the latent query", layers, tokens, sizes.queryRank(), true);
        calls.projection("q_b projection", layers, tokens, heads * sizes.key(), sizes.queryRank(), false);
        calls.norm("norm of the latent keys", layers, tokens, rank, true);
        calls.rotation("rotation of queries and keys", layers, tokens, heads, 1, sizes.rotated());
        AttentionSizes latent =
                new AttentionSizes(phase.batch(), heads, 1, phase.fresh(), keys(phase), rank + sizes.rotated(), rank);
        calls.serving().latentIntoCache("latent keys into the cache", layers, latent);
        if (phase.kind() == Phase.Kind.DECODE) {
            calls.perHead("queries to latent space", layers, heads, tokens, rank, sizes.plain());
            calls.serving().latentAttention("latent attention", layers, latent, scale(sizes));
            calls.perHead("outputs from latent space", layers, heads, tokens, sizes.value(), rank);
        } else {
            calls.projection("kv_b projection", layers, tokens, heads * (sizes.plain() + sizes.value()), rank, false);
            calls.serving()
                    .promptAttention(
                            "attention",
                            layers,
                            new AttentionSizes(
                                    phase.batch(),
                                    heads,
                                    heads,
                                    phase.fresh(),
                                    keys(phase),
                                    sizes.key(),
                                    sizes.value()),
                            Optional.of(scale(sizes)));
        }
        calls.projection("o projection", layers, tokens, model.hidden(), heads * sizes.value(), false);
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
        calls.projection(whose + first, layers, tokens, (sizes.gated() ? 2 : 1) * width, model.hidden(), sizes.bias());
        calls.activation(sizes.activation(), sizes.gated(), whose + "activation", layers, tokens, width);
        calls.projection(whose + "down projection", layers, tokens, model.hidden(), width, sizes.bias());
    }

    private void experts(Experts experts, Phase phase, long layers, Calls calls) {
        long tokens = phase.tokens();
        DType router = DType.of(experts.router(), model.name() + ", field router");
        calls.weights(layers * experts.experts() * model.hidden());
        calls.product("router", layers, router, tokens, experts.experts(), model.hidden());
        calls.weights(experts.routing() == Routing.SIGMOID_GROUPED ? layers * experts.experts() : 0);
        calls.serving().choice("choice of experts", layers, tokens, experts);
        if (experts.shared() > 0) {
            int width = experts.shared() * experts.intermediate();
            mlp(
                    "shared expert, ",
                    new Mlp(width, true, false, Model.there(model.mlp()).activation()),
                    phase,
                    layers,
                    calls);
        }
        calls.serving().scatter("tokens to experts", layers, tokens, experts);
        routed(experts, phase, layers, calls);
        calls.serving().combine("outputs of experts together", layers, tokens, experts);
    }

    /// The experts that one device holds, with the rows that all devices send it. Quantised ones are one product each,
    /// for the grouped product has no scales: rows are spread evenly then, so that some have one more than others.
    private void routed(Experts experts, Phase phase, long layers, Calls calls) {
        int sharing = phase.expertDevices();
        long held = calls.share(experts.experts(), sharing, "the number of experts");
        long width = sharing > 1
                ? experts.intermediate()
                : calls.share(experts.intermediate(), phase.devices(), "the intermediate size of an expert");
        long hidden = model.hidden();
        long rows = phase.tokens() * experts.active();
        rows = sharing > 1 ? Math.ceilDiv(rows, phase.devices()) : rows;
        calls.weights(layers * held * 3 * width * hidden);
        if (model.quantization() == null) {
            calls.groups("experts, gate_up projection", layers, rows, held, 2 * width, hidden);
            calls.activation(Model.there(model.mlp()).activation(), true, "experts, activation", layers, rows, width);
            calls.groups("experts, down projection", layers, rows, held, hidden, width);
            return;
        }
        calls.quantisation("experts, gate_up projection, quantisation", layers, rows, hidden);
        each("expert, gate_up projection", rows, held, layers, 2 * width, hidden, calls);
        calls.activation(Model.there(model.mlp()).activation(), true, "experts, activation", layers, rows, width);
        calls.quantisation("experts, down projection, quantisation", layers, rows, width);
        each("expert, down projection", rows, held, layers, hidden, width, calls);
    }

    private static void each(String role, long rows, long experts, long layers, long n, long k, Calls calls) {
        long fewer = rows / experts;
        long more = rows % experts;
        calls.scaledProduct(role, layers * more, fewer + 1, n, k);
        calls.scaledProduct(role, fewer == 0 ? 0 : layers * (experts - more), fewer, n, k);
    }

    /// Only the last token of each sequence has a successor to predict; in training all have one that is known.
    private void head(Vocabulary vocabulary, Phase phase, Calls calls) {
        boolean training = phase.kind() == Phase.Kind.TRAINING;
        long tokens = training ? phase.tokens() : phase.batch();
        calls.norm("last norm", 1, tokens, model.hidden(), true);
        long size = calls.share(vocabulary.size(), phase.devices(), "the vocabulary");
        calls.linear("lm_head projection", 1, tokens, size, model.hidden(), false);
        if (vocabulary.tied()) {
            calls.tied("lm_head projection", size);
        }
        if (training) {
            calls.loss("loss", tokens, size);
        } else {
            calls.largest("choice of the next token", tokens, size);
        }
    }
}
