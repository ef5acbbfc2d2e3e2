package dev.assay.operator.loss;

import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Tensor;
import java.util.Optional;
import java.util.OptionalLong;

/// The labels of rows, and what rows with them weigh.
final class Labels {
    /// Labels of a data set before they come again; no tile has so many.
    private static final int PERIOD = 23;
    /// One label in so many is ignored.
    private static final int IGNORED = 5;

    private final Tensor tensor;
    private final long classes;
    private final OptionalLong ignored;
    private final double[] weights;

    /// @param weights of the classes, if they differ
    Labels(Tensor tensor, long classes, OptionalLong ignored, Optional<Tensor> weights) {
        this.tensor = tensor;
        this.classes = classes;
        this.ignored = ignored;
        this.weights = weights.map(Labels::all).orElse(new double[0]);
    }

    private static double[] all(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return values;
    }

    long rows() {
        return tensor.shape().elements();
    }

    /// The label of a row, whatever it is.
    long of(long row) {
        return tensor.dtype().decodeLong(tensor.codeAt(tensor.position(row)));
    }

    boolean isIgnored(long row) {
        return ignored.isPresent() && of(row) == ignored.getAsLong();
    }

    /// Whether the label of a row is no class.
    boolean isOpen(long row) {
        return of(row) < 0 || of(row) >= classes;
    }

    /// Whether classes have weights of their own.
    boolean areWeighted() {
        return weights.length > 0;
    }

    /// The weight of a row that counts.
    double weight(long row) {
        return weights.length == 0 ? 1 : weights[Math.toIntExact(of(row))];
    }

    /// A recipe of labels that are far apart.
    static Fill fill(long classes, OptionalLong ignored) {
        double[] labels = new double[PERIOD];
        for (int i = 0; i < PERIOD; i++) {
            // The golden ratio spreads them over all classes.
            double spread = i * 0.6180339887498949;
            double label = Math.floor((spread - Math.floor(spread)) * classes);
            labels[i] = ignored.isPresent() && i % IGNORED == IGNORED - 1 ? (double) ignored.getAsLong() : label;
        }
        return Fills.of("values", labels);
    }
}
