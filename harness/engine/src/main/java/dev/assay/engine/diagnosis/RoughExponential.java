package dev.assay.engine.diagnosis;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Whether errors of a softmax follow from one error for each argument of the exponential: a function of its digits
/// after the reduction to a power of two, in straight pieces, fitted to all rows at once.
final class RoughExponential {
    private RoughExponential() {}

    /// @param now mean square of the errors in units of what is allowed
    static Optional<Diagnosis> of(Held held, List<SoftmaxRow> rows, double now) {
        int bins = 24;
        double[][] normal = new double[bins][bins + 1];
        double total = 0;
        double[] mix = new double[bins];
        for (SoftmaxRow row : rows) {
            double[] p = row.weights();
            double sum = Arrays.stream(p).sum();
            double[] right = row.mean(p, sum);
            for (int c = 0; c < row.size(); c++) {
                double error = held.got[row.at + c] - right[c];
                double weight = 1 / held.limit(row.at + c);
                mix(row, p, sum, right[c], c, mix);
                for (int a = 0; a < bins; a++) {
                    for (int b = 0; b < bins; b++) {
                        normal[a][b] += mix[a] * mix[b] * weight * weight;
                    }
                    normal[a][bins] += mix[a] * error * weight * weight;
                }
                total += error * error * weight * weight;
            }
        }
        double[] answer = new double[bins];
        double[] target = new double[bins];
        for (int a = 0; a < bins; a++) {
            target[a] = normal[a][bins];
            normal[a][a] *= 1 + 1e-9;
        }
        solve(normal, answer);
        double explained = 0;
        double largest = 0;
        for (int a = 0; a < bins; a++) {
            explained += answer[a] * target[a];
            largest = Math.max(largest, Math.abs(answer[a]));
        }
        int elements = rows.stream().mapToInt(SoftmaxRow::size).sum();
        return now > 2 && elements > 20 * bins && explained > 0.85 * total && largest < 0.02
                ? Optional.of(new Diagnosis(
                        Cause.ROUGH_FUNCTION,
                        String.format(Locale.ROOT, "exponentials are off by up to %.1e", largest)))
                : Optional.empty();
    }

    /// How a relative error of the exponential in each part of its digits moves a result.
    private static void mix(SoftmaxRow row, double[] p, double sum, double mean, int column, double[] into) {
        Arrays.fill(into, 0);
        for (int j = 0; j < p.length; j++) {
            if (p[j] > 0) {
                double power = (row.scores[j] - row.max) / Math.log(2);
                // Straight lines between the nodes, of which the first is no neighbour of the last.
                double place = (power - Math.floor(power)) * (into.length - 1);
                int node = Math.min(into.length - 2, (int) place);
                double moved = p[j] / sum * (row.values[j][column] - mean);
                into[node] += (node + 1 - place) * moved;
                into[node + 1] += (place - node) * moved;
            }
        }
    }

    /// Gauss's elimination; parts that nothing depends on stay 0.
    private static void solve(double[][] normal, double[] answer) {
        int n = answer.length;
        for (int a = 0; a < n; a++) {
            if (!(normal[a][a] > 1e-300)) {
                continue;
            }
            for (int b = 0; b < n; b++) {
                double factor = b == a ? 0 : normal[b][a] / normal[a][a];
                for (int c = a; c <= n && factor != 0; c++) {
                    normal[b][c] -= factor * normal[a][c];
                }
            }
        }
        for (int a = 0; a < n; a++) {
            answer[a] = normal[a][a] > 1e-300 ? normal[a][n] / normal[a][a] : 0;
        }
    }
}
