package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.model.Model.Heads;
import dev.assay.engine.model.Model.Mlp;
import dev.assay.engine.model.Model.Vocabulary;
import java.util.ArrayList;
import java.util.List;

/// A language model of proteins that reads whole sequences and predicts masked residues, as ESM-2 (Lin et al., Science
/// 379, 2023): every residue sees every other.
record ProteinModel(Model model) implements Architecture {
    private static final List<Phase> READING = List.of(
            Phase.of(Phase.Kind.RESIDUES, 1, 512, 1, false),
            Phase.of(Phase.Kind.RESIDUES, 16, 1024, 1, true),
            Phase.of(Phase.Kind.TRAINING, 1, 512, 1, false),
            Phase.of(Phase.Kind.TRAINING, 16, 1024, 1, true));

    @Override
    public List<Phase> phases(Request request) {
        List<Phase> standard = new ArrayList<>(READING);
        standard.removeIf(phase -> phase.kind() == Phase.Kind.TRAINING && model.training() == null);
        return request.examples(standard, true, model.name());
    }

    @Override
    public void run(Phase phase, Calls calls) {
        Vocabulary vocabulary = Model.there(model.vocabulary());
        long tokens = phase.tokens();
        long hidden = model.hidden();
        long layers = model.layers();
        calls.embedding("residue embedding", tokens, vocabulary.size());
        calls.norm("norm before attention", layers, tokens, hidden, true);
        attention(phase, calls);
        calls.residual(layers, tokens);
        calls.norm("norm before mlp", layers, tokens, hidden, true);
        Mlp mlp = Model.there(model.mlp());
        long width = calls.share(mlp.intermediate(), phase.devices(), "the intermediate size");
        calls.linear("up projection", layers, tokens, width, hidden, mlp.bias());
        calls.activation(mlp.activation(), mlp.gated(), "activation", layers, tokens, width);
        calls.linear("down projection", layers, tokens, hidden, width, mlp.bias());
        calls.residual(layers, tokens);
        calls.norm("last norm", 1, tokens, hidden, true);
        head(vocabulary, phase, calls);
    }

    private void attention(Phase phase, Calls calls) {
        Heads sizes = Model.there(model.attention());
        long heads = calls.share(sizes.heads(), phase.devices(), "the number of heads");
        long size = sizes.size();
        long layers = model.layers();
        long tokens = phase.tokens();
        calls.linear("qkv projection", layers, tokens, 3 * heads * size, model.hidden(), sizes.qkvBias());
        calls.rotation("rotation of queries and keys", layers, tokens, heads, heads, size);
        calls.attention(
                "attention",
                layers,
                new AttentionSizes(phase.batch(), heads, heads, phase.fresh(), phase.fresh(), size, size),
                false);
        calls.linear("o projection", layers, tokens, model.hidden(), heads * size, sizes.outputBias());
    }

    /// A layer of its own before the scores, whose weights are those of the embedding where the model ties them; here
    /// the few scores of a residue are not shared by devices.
    private void head(Vocabulary vocabulary, Phase phase, Calls calls) {
        long tokens = phase.tokens();
        long hidden = model.hidden();
        calls.linear("head, dense", 1, tokens, hidden, hidden, true);
        calls.activation("gelu", false, "head, activation", 1, tokens, hidden);
        calls.norm("head, norm", 1, tokens, hidden, true);
        calls.linear("head, scores", 1, tokens, vocabulary.size(), hidden, true);
        if (vocabulary.tied()) {
            calls.tied("head, scores", vocabulary.size());
        }
        if (phase.kind() == Phase.Kind.TRAINING) {
            calls.loss("loss", tokens, vocabulary.size());
        }
    }
}
