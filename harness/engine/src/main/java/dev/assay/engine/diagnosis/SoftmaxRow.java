package dev.assay.engine.diagnosis;

import java.util.Arrays;

/// One query of one head: scores and values of its visible keys, from the reference.
final class SoftmaxRow {
    /// First element in `held`.
    final int at;

    final double[] scores;
    final double[][] values;
    double max = Double.NEGATIVE_INFINITY;

    SoftmaxRow(int at, double[] scores, double[][] values) {
        this.at = at;
        this.scores = scores;
        this.values = values;
        for (double s : scores) {
            max = Math.max(max, s);
        }
    }

    int size() {
        return values[0].length;
    }

    double[] mean(double[] weights, double sum) {
        double[] result = new double[size()];
        for (int j = 0; j < weights.length; j++) {
            if (weights[j] != 0) {
                for (int c = 0; c < result.length; c++) {
                    result[c] += weights[j] * values[j][c] / sum;
                }
            }
        }
        return result;
    }

    double[] weights() {
        return Arrays.stream(scores).map(s -> Math.exp(s - max)).toArray();
    }

    /// What `got` has in common with `right`: the sum of their products, and of the squares of `right`.
    Projection onto(double[] got, double[] right) {
        double products = 0;
        double squares = 0;
        for (int c = 0; c < size(); c++) {
            products += got[at + c] * right[c];
            squares += right[c] * right[c];
        }
        return new Projection(products, squares);
    }

    record Projection(double products, double squares) {}
}
