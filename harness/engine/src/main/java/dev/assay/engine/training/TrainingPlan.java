package dev.assay.engine.training;

import dev.assay.tensor.DType;
import java.util.Locale;

/// What is trained, and how.
///
/// @param dtype of weights and activations; gradients, averages and what is stepped are f32
/// @param steps of the optimizer
/// @param seed of text, batches, first weights and dropout
/// @param layers of the transformer
/// @param width of the residual stream
/// @param heads of queries; keyHeads: of keys and values
/// @param hidden width between the products of the MLP
/// @param sequences of a part of a batch, each of `length` tokens
/// @param parts of a batch whose gradients are summed
/// @param dropout part of the elements that is left out behind attention and MLP
/// @param rate highest learning rate
/// @param decay of weights, per step and learning rate
/// @param clip longest gradient that is not shortened
public record TrainingPlan(
        DType dtype,
        int steps,
        long seed,
        int layers,
        int width,
        int heads,
        int keyHeads,
        int hidden,
        int sequences,
        int length,
        int parts,
        double dropout,
        double rate,
        double decay,
        double clip) {
    static final double BETA1 = 0.9;
    static final double BETA2 = 0.95;

    private static final int WARM_UP = 50;

    /// About a million parameters; 80 tokens at a time, so that no tile of a power of two is full.
    public static TrainingPlan standard(DType dtype, int steps, long seed) {
        return new TrainingPlan(dtype, steps, seed, 5, 128, 4, 2, 384, 2, 40, 2, 0.1, 1e-3, 0.1, 1);
    }

    /// The same with so many layers.
    public TrainingPlan withLayers(int count) {
        return new TrainingPlan(
                dtype, steps, seed, count, width, heads, keyHeads, hidden, sequences, length, parts, dropout, rate,
                decay, clip);
    }

    /// What is trained, in results: layers and width.
    public String model() {
        return "transformer-" + layers + "x" + width;
    }

    /// What is trained, in a line.
    public String describe() {
        return String.format(
                Locale.ROOT,
                "a transformer of %,d parameters in %s, %d steps of %d characters",
                Transformer.tape(this).elements(),
                dtype.label(),
                steps,
                sequences * length * parts);
    }

    int vocabulary() {
        return Grammar.ALPHABET.length();
    }

    int headSize() {
        return width / heads;
    }

    /// The learning rate of a step: it rises in even steps, and then stays.
    double rateOf(int step) {
        return rate * Math.min(1, (double) step / WARM_UP);
    }

    boolean keepsMasters() {
        return dtype != DType.F32 && dtype != DType.F64;
    }
}
