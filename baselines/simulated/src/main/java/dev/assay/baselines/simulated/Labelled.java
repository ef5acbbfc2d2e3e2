package dev.assay.baselines.simulated;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.tensor.Tensor;

/// The labels of a loss, for kernels that get its mean wrong.
///
/// @param counted rows whose label is not ignored
/// @param rows all there are
/// @param weight sum of the weights of the rows that count
public record Labelled(long counted, long rows, double weight) {

    /// The labels that a call is given.
    public static Labelled of(Call call, Arguments given) {
        Tensor labels =
                given.input(call.hasInput("labels") ? "labels" : "target").tensor();
        String weights = call.hasInput("weights") ? "weights" : "weight";
        long counted = 0;
        double weight = 0;
        for (long row = 0; row < labels.shape().elements(); row++) {
            long label = labels.dtype().decodeLong(labels.codeAt(labels.position(row)));
            if (!call.attributes().has("ignore_index")
                    || label != call.attributes().integer("ignore_index")) {
                counted++;
                weight += call.hasInput(weights) ? given.input(weights).tensor().get(label) : 1;
            }
        }
        return new Labelled(counted, labels.shape().elements(), weight);
    }

    /// Whether a call divides by anything.
    public static boolean divides(Call call) {
        return call.attributes().text("reduction").equals("mean");
    }

    /// Multiplies all elements.
    public static void scale(Tensor tensor, double factor) {
        for (long i = 0; i < tensor.shape().elements(); i++) {
            tensor.set(i, tensor.get(i) * factor);
        }
    }
}
