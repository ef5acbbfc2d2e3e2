package dev.assay.engine.diagnosis;

import dev.assay.operator.Inputs;
import java.util.Arrays;

/// How likely the errors of an output are under a hypothesis, by the error model of its operator.
///
/// @param likelihood mean logarithm per element
/// @param scale size of the errors in units of the model's
/// @param typical whether the middle error is as large as the mean square says, and not a few errors all of it
record ErrorLikelihood(NarrowHypothesis hypothesis, double likelihood, double scale, boolean typical) {
    /// @param fewest elements that tell something, below which nothing is likely
    static ErrorLikelihood of(Held held, NarrowHypothesis hypothesis, int fewest) {
        Held.Values values = held.under(held.evidence.call(), new Inputs(held.run.inputs()), hypothesis.contract(), 1);
        double squares = 0;
        double logs = 0;
        int seen = 0;
        double[] variances = new double[held.count()];
        double floors = 0;
        for (int i = 0; i < held.count(); i++) {
            double error = held.got[i] - values.want[i];
            double model = values.sigma[i] * values.sigma[i] + values.deterministic[i] * values.deterministic[i] / 3;
            if (held.open[i] || !Double.isFinite(error) || !(model > 0) || !Double.isFinite(model)) {
                variances[i] = 0;
                continue;
            }
            double ulp = held.ulp(values.want[i]);
            variances[i] = model;
            squares += Math.max(-1, Math.min(400, (error * error - ulp * ulp / 12) / model));
            floors += ulp * ulp / 12 / model;
            seen++;
        }
        if (seen < fewest || floors > 50.0 * seen) {
            return new ErrorLikelihood(hypothesis, Double.NEGATIVE_INFINITY, 0, false);
        }
        double scale = Math.sqrt(Math.max(1e-6, squares / seen));
        double clamped = Math.clamp(scale, hypothesis.least(), hypothesis.most());
        for (int i = 0; i < held.count(); i++) {
            if (variances[i] > 0) {
                double error = held.got[i] - values.want[i];
                double ulp = held.ulp(values.want[i]);
                double variance = variances[i] * clamped * clamped + ulp * ulp / 12;
                logs += logarithm(error, variance);
            }
        }
        double middle = middle(held, values, variances, clamped, seen);
        return new ErrorLikelihood(hypothesis, logs / seen, scale, middle > 0.35 && middle < 1.1);
    }

    /// Median of the errors' sizes in their standard deviations; infinite where some are far from all others.
    private static double middle(Held held, Held.Values values, double[] variances, double scale, int seen) {
        double[] sizes = new double[seen];
        int at = 0;
        for (int i = 0; i < held.count(); i++) {
            if (variances[i] > 0) {
                double ulp = held.ulp(values.want[i]);
                double variance = variances[i] * scale * scale + ulp * ulp / 12;
                sizes[at++] = Math.abs(held.got[i] - values.want[i]) / Math.sqrt(variance);
            }
        }
        Arrays.sort(sizes);
        // Sums of many roundings have no error of six standard deviations: a few elements that do have another cause.
        int far = 0;
        for (double size : sizes) {
            far += size > 6 ? 1 : 0;
        }
        return far > 1 + seen / 2000 ? Double.POSITIVE_INFINITY : sizes[seen / 2];
    }

    /// Likelihood of errors that follow no model: all of one size, or in proportion to the result.
    static double shapeless(Held held) {
        double best = Double.NEGATIVE_INFINITY;
        for (int kind = 0; kind < 2; kind++) {
            double[] sizes = new double[held.count()];
            double squares = 0;
            int seen = 0;
            for (int i = 0; i < held.count(); i++) {
                double error = held.got[i] - held.want[i];
                double size = kind == 0 ? 1 : Math.abs(held.want[i]);
                boolean exact = held.sigma[i] == 0 && held.deterministic[i] == 0;
                if (held.open[i] || !Double.isFinite(error) || exact || !(size > 0)) {
                    continue;
                }
                sizes[i] = size;
                double ulp = held.ulp(held.want[i]);
                squares += Math.max(0, error * error - ulp * ulp / 12) / (size * size);
                seen++;
            }
            if (seen == 0) {
                continue;
            }
            double logs = 0;
            for (int i = 0; i < held.count(); i++) {
                if (sizes[i] > 0) {
                    double error = held.got[i] - held.want[i];
                    double ulp = held.ulp(held.want[i]);
                    double variance = sizes[i] * sizes[i] * squares / seen + ulp * ulp / 12;
                    logs += logarithm(error, variance);
                }
            }
            best = Math.max(best, logs / seen);
        }
        return best;
    }

    /// Student's t with four degrees of freedom: tails of rounding errors are heavier than Gauss's.
    private static double logarithm(double error, double variance) {
        return -0.5 * Math.log(variance) - 2.5 * Math.log1p(error * error / variance / 2.5);
    }
}
