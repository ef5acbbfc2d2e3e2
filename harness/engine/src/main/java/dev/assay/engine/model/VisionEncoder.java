package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.model.Model.Heads;
import dev.assay.engine.model.Model.Image;
import dev.assay.engine.model.Model.Kind;
import dev.assay.engine.model.Model.Mlp;
import dev.assay.tensor.Shape;
import java.util.List;

/// A vision transformer: patches of an image, layers of attention and MLP, and a head in which a learnt query pools the
/// patches (arXiv 2010.11929; SigLIP, arXiv 2303.15343).
record VisionEncoder(Model model) implements Architecture {

    @Override
    public List<Phase> phases(Request request) {
        return request.phases(Kind.VISION, Model.there(model.image()).patches(), model.name());
    }

    @Override
    public void run(Phase phase, Calls calls) {
        Image image = Model.there(model.image());
        long tokens = phase.tokens();
        long hidden = model.hidden();
        long layers = model.layers();
        patches(image, phase, calls);
        calls.norm("norm before attention", layers, tokens, hidden, true);
        attention(phase, calls);
        calls.residual(layers, tokens);
        calls.norm("norm before mlp", layers, tokens, hidden, true);
        mlp("", layers, tokens, phase, calls);
        calls.residual(layers, tokens);
        calls.norm("last norm", 1, tokens, hidden, true);
        if (image.poolingHead()) {
            pooling(phase, calls);
        }
    }

    /// A convolution whose stride is its kernel's size is a product of patches.
    private void patches(Image image, Phase phase, Calls calls) {
        long pixels = (long) image.patch() * image.patch() * image.channels();
        calls.linear("patch embedding", 1, phase.tokens(), model.hidden(), pixels, true);
        calls.weights((long) phase.fresh() * model.hidden());
        calls.sum(
                "position embedding",
                1,
                Shape.of(phase.batch(), phase.fresh(), model.hidden()),
                Shape.of(phase.fresh(), model.hidden()));
    }

    private void attention(Phase phase, Calls calls) {
        Heads sizes = Model.there(model.attention());
        long heads = heads(phase, calls);
        long width = heads * sizes.size();
        calls.linear("qkv projection", model.layers(), phase.tokens(), 3 * width, model.hidden(), sizes.qkvBias());
        calls.attention("attention", model.layers(), sizes(phase, heads, phase.fresh()), false);
        calls.linear("o projection", model.layers(), phase.tokens(), model.hidden(), width, sizes.outputBias());
    }

    private long heads(Phase phase, Calls calls) {
        return calls.share(Model.there(model.attention()).heads(), phase.devices(), "the number of heads");
    }

    private AttentionSizes sizes(Phase phase, long heads, long queries) {
        long size = Model.there(model.attention()).size();
        return new AttentionSizes(phase.batch(), heads, heads, queries, phase.fresh(), size, size);
    }

    private void mlp(String whose, long times, long tokens, Phase phase, Calls calls) {
        Mlp mlp = Model.there(model.mlp());
        long width = calls.share(mlp.intermediate(), phase.devices(), "the intermediate size");
        calls.linear(whose + "up projection", times, tokens, width, model.hidden(), mlp.bias());
        calls.activation(mlp.activation(), mlp.gated(), whose + "activation", times, tokens, width);
        calls.linear(whose + "down projection", times, tokens, model.hidden(), width, mlp.bias());
    }

    private void pooling(Phase phase, Calls calls) {
        long hidden = model.hidden();
        long heads = heads(phase, calls);
        long width = heads * Model.there(model.attention()).size();
        calls.weights(hidden);
        calls.linear("pooling, q projection", 1, phase.batch(), width, hidden, true);
        calls.linear("pooling, kv projection", 1, phase.tokens(), 2 * width, hidden, true);
        calls.attention("pooling, attention", 1, sizes(phase, heads, 1), false);
        calls.linear("pooling, o projection", 1, phase.batch(), hidden, width, true);
        calls.norm("pooling, norm", 1, phase.batch(), hidden, true);
        mlp("pooling, ", 1, phase.batch(), phase, calls);
        calls.residual(1, phase.batch());
    }
}
