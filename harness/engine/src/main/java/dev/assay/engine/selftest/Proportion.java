package dev.assay.engine.selftest;

import java.util.Locale;
import org.apache.commons.statistics.distribution.BetaDistribution;

/// So many of so many, with what that says about the rate behind it.
///
/// Intervals are exact (Clopper and Pearson 1934): the true rate lies outside with at most the stated probability,
/// whatever it is, provided that the trials are independent.
///
/// @param hits at most `of`
public record Proportion(long hits, long of) {
    private static final double ALPHA = 0.05;

    public Proportion {
        if (hits < 0 || hits > of) {
            throw new IllegalArgumentException(hits + " of " + of);
        }
    }

    /// NaN of nothing.
    public double rate() {
        return (double) hits / of;
    }

    /// Lower end of the two-sided 95 % interval.
    public double low() {
        return hits == 0 ? 0 : quantile(hits, of - hits + 1, ALPHA / 2);
    }

    /// Upper end of the two-sided 95 % interval.
    public double high() {
        return hits == of ? 1 : quantile(hits + 1, of - hits, 1 - ALPHA / 2);
    }

    /// Upper end of the one-sided 95 % interval: about `3 / of` without a hit, the rule of three.
    public double atMost() {
        return hits == of ? 1 : quantile(hits + 1, of - hits, 1 - ALPHA);
    }

    private static double quantile(long alpha, long beta, double probability) {
        return BetaDistribution.of((double) alpha, (double) beta).inverseCumulativeProbability(probability);
    }

    /// `97.31 % (1450 of 1490, 95 % between 96.4 and 98.1)`.
    @Override
    public String toString() {
        return of == 0
                ? "- (0 of 0)"
                : String.format(
                        Locale.ROOT,
                        "%.2f %% (%d of %d, 95 %% between %.2f and %.2f)",
                        100 * rate(),
                        hits,
                        of,
                        100 * low(),
                        100 * high());
    }
}
