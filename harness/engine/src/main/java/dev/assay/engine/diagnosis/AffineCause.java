package dev.assay.engine.diagnosis;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// One factor, or one summand, that all results have too much.
final class AffineCause {
    private static final double HELD = 0.99;

    private AffineCause() {}

    static Optional<Diagnosis> of(Held held) {
        double[] ratios = new double[held.count()];
        double[] differences = new double[held.count()];
        int count = 0;
        double products = 0;
        double squares = 0;
        for (int i = 0; i < held.count(); i++) {
            if (!held.open[i] && Double.isFinite(held.got[i]) && Double.isFinite(held.want[i]) && held.want[i] != 0) {
                ratios[count] = held.got[i] / held.want[i];
                differences[count] = held.got[i] - held.want[i];
                products += held.got[i] * held.want[i];
                squares += held.want[i] * held.want[i];
                count++;
            }
        }
        if (count < 16 || held.wrongs < 8 || statistics(held)) {
            return Optional.empty();
        }
        double factor = median(ratios, count);
        double fitted = products / squares;
        for (double candidate : new double[] {factor, fitted}) {
            // A cut-off shrinks results by a part of their last place on average.
            boolean cut = candidate < 1 && 1 - candidate < held.dtype.unitRoundoff();
            if (!cut
                    && Math.abs(candidate) > 1e-6
                    && Math.abs(candidate - 1) > 1e-6
                    && explained(held, candidate, 0) >= HELD) {
                return Optional.of(new Diagnosis(Cause.SCALE, "all results are multiplied by " + named(candidate)));
            }
        }
        double offset = median(differences, count);
        if (offset != 0 && explained(held, 1, offset) >= HELD) {
            return Optional.of(
                    new Diagnosis(Cause.OFFSET, String.format(Locale.ROOT, "%.6g is added to all results", offset)));
        }
        return Optional.empty();
    }

    /// Whether results have a factor for each row, of which there are few.
    private static boolean statistics(Held held) {
        String operator = held.evidence.operator().name();
        if (NormalizedRows.knows(operator) && !operator.equals("layer_normalization")) {
            return true;
        }
        return operator.equals("layer_normalization")
                && (held.position > 0
                        || held.count()
                                < 4
                                        * held.evidence
                                                .call()
                                                .input("Scale")
                                                .shape()
                                                .elements());
    }

    private static double median(double[] values, int count) {
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return sorted[count / 2];
    }

    /// Part of what was wrong that this factor and summand make right, 0 if they spoil much of what was right.
    private static double explained(Held held, double factor, double offset) {
        int right = 0;
        int spoilt = 0;
        for (int i = 0; i < held.count(); i++) {
            double want = factor * held.want[i] + offset;
            double before = held.deterministic[i] + held.lambda() * held.sigma[i] * Math.max(1, Math.abs(factor));
            boolean holds = Math.abs(held.got[i] - want) <= 0.6 * held.ulp(Math.abs(want) + before) + before;
            right += held.wrong[i] && holds ? 1 : 0;
            spoilt += !held.wrong[i] && !held.open[i] && !holds ? 1 : 0;
        }
        return spoilt > 0.01 * held.count() || !fits(held, factor, offset) ? 0 : (double) right / held.wrongs;
    }

    /// Whether what is left is of the size of legitimate errors, and much less than before.
    private static boolean fits(Held held, double factor, double offset) {
        double before = 0;
        double after = 0;
        int seen = 0;
        for (int i = 0; i < held.count(); i++) {
            double want = factor * held.want[i] + offset;
            double ulp = held.ulp(want);
            double variance = factor * factor * held.sigma[i] * held.sigma[i] + ulp * ulp / 12;
            double error = held.got[i] - want;
            if (!held.open[i] && variance > 0 && Double.isFinite(error)) {
                after += Math.min(1e4, error * error / variance);
                before += Math.min(1e4, (held.got[i] - held.want[i]) * (held.got[i] - held.want[i]) / variance);
                seen++;
            }
        }
        return after <= 1.7 * seen && after < 0.4 * before;
    }

    private static String named(double factor) {
        double[] values = {2, 0.5, -1, Math.log(2), 1 / Math.log(2), Math.sqrt(2), 1 + 0x1p-9, 1 + 0x1p-8, 1 - 0x1p-8};
        String[] names = {"2", "1/2", "-1", "ln 2", "log2 e", "sqrt 2", "1 + 2^-9", "1 + 2^-8", "1 - 2^-8"};
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(factor / values[i] - 1) < 1e-4 * Math.min(1, Math.abs(values[i] - 1) * 1e3)) {
                return names[i];
            }
        }
        return String.format(Locale.ROOT, "%.6g", factor);
    }
}
