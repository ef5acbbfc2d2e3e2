package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.model.Model.Heads;
import dev.assay.engine.model.Model.Kind;
import dev.assay.engine.model.Model.Mlp;
import dev.assay.engine.model.Model.Video;
import java.util.List;

/// A diffusion transformer for videos, as STDiT3 of Open-Sora 1.2: each layer has a block whose attention is among the
/// tokens of one moment, and one whose attention is along time; both attend to the caption too.
record VideoTransformer(Model model) implements Architecture {
    /// Shift, scale and gate, of attention and of MLP.
    private static final int MODULATIONS = 6;

    @Override
    public List<Phase> phases(Request request) {
        Video video = Model.there(model.video());
        return request.phases(Kind.VIDEO, video.spatial() * video.temporal(), model.name());
    }

    @Override
    public void run(Phase phase, Calls calls) {
        Video video = Model.there(model.video());
        long hidden = model.hidden();
        long batch = phase.batch();
        calls.linear("patch embedding", 1, phase.tokens(), hidden, (long) video.patchSize() * video.channels(), true);
        conditions(video, batch, calls);
        block("spatial ", phase, batch * video.temporal(), video.spatial(), calls);
        block("temporal ", phase, batch * video.spatial(), video.temporal(), calls);
        calls.norm("last norm", 1, phase.tokens(), hidden, false);
        calls.weights(2 * hidden);
        calls.modulation("last modulation", 1, batch, phase.tokens() / batch);
        calls.linear(
                "last projection", 1, phase.tokens(), (long) video.patchSize() * video.outputChannels(), hidden, true);
    }

    private void conditions(Video video, long batch, Calls calls) {
        long hidden = model.hidden();
        for (String what : List.of("time", "frame rate")) {
            calls.linear(what + " embedding, first", 1, batch, hidden, video.frequencyWidth(), true);
            calls.activation("swish", false, what + " embedding, activation", 1, batch, hidden);
            calls.linear(what + " embedding, second", 1, batch, hidden, hidden, true);
        }
        calls.activation("swish", false, "modulation, activation", 1, batch, hidden);
        calls.linear("modulation", 1, batch, MODULATIONS * hidden, hidden, true);
        long words = batch * video.captionTokens();
        calls.weights((long) video.captionTokens() * video.captionWidth());
        calls.linear("caption embedding, first", 1, words, hidden, video.captionWidth(), true);
        calls.activation(
                Model.there(model.mlp()).activation(), false, "caption embedding, activation", 1, words, hidden);
        calls.linear("caption embedding, second", 1, words, hidden, hidden, true);
    }

    /// @param sequences that attend apart from each other, of so many tokens each
    private void block(String whose, Phase phase, long sequences, long length, Calls calls) {
        Heads sizes = Model.there(model.attention());
        Mlp mlp = Model.there(model.mlp());
        Video video = Model.there(model.video());
        long layers = model.layers();
        long hidden = model.hidden();
        long tokens = phase.tokens();
        long size = sizes.size();
        long heads = calls.share(sizes.heads(), phase.devices(), "the number of heads");
        long width = heads * size;
        calls.weights(layers * MODULATIONS * hidden);
        calls.norm(whose + "norms", 2 * layers, tokens, hidden, false);
        calls.modulation(whose + "modulations", 4 * layers, phase.batch(), tokens / phase.batch());
        calls.linear(whose + "qkv projection", layers, tokens, 3 * width, hidden, sizes.qkvBias());
        if (sizes.qkNorm()) {
            calls.headNorm(whose + "norm of queries and keys", layers, tokens, heads, heads, size);
        }
        calls.attention(
                whose + "attention",
                layers,
                new AttentionSizes(sequences, heads, heads, length, length, size, size),
                false);
        calls.linear(whose + "o projection", layers, tokens, hidden, width, sizes.outputBias());
        calls.linear(whose + "caption, q projection", layers, tokens, width, hidden, true);
        long words = (long) phase.batch() * video.captionTokens();
        calls.linear(whose + "caption, kv projection", layers, words, 2 * width, hidden, true);
        calls.attention(
                whose + "caption, attention",
                layers,
                new AttentionSizes(phase.batch(), heads, heads, phase.fresh(), video.captionTokens(), size, size),
                false);
        calls.linear(whose + "caption, o projection", layers, tokens, hidden, width, true);
        long inner = calls.share(mlp.intermediate(), phase.devices(), "the intermediate size");
        calls.linear(whose + "up projection", layers, tokens, inner, hidden, mlp.bias());
        calls.activation(mlp.activation(), mlp.gated(), whose + "activation", layers, tokens, inner);
        calls.linear(whose + "down projection", layers, tokens, hidden, inner, mlp.bias());
        calls.residual(3 * layers, tokens);
    }
}
