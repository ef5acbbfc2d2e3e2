package dev.assay.results.compare;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.NormalDistribution;

/// The smallest change that a number of rounds can be relied on to find.
final class Detectable {
    /// Share of tries in which it is found.
    static final double POWER = 0.8;

    /// A normal distribution's standard deviation divided by its median absolute deviation, 1 / Φ⁻¹(¾).
    private static final double MAD_TO_SIGMA = 1.4826022185056018;

    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

    private Detectable() {}

    /// Standard deviation of values that may hold a few wild ones: from the median absolute deviation,
    /// or, where more than half of the values are equal and that says zero, the ordinary one.
    static double sigma(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double middle = Effect.median(sorted);
        double[] off =
                Arrays.stream(values).map(v -> Math.abs(v - middle)).sorted().toArray();
        double mad = Effect.median(off);
        if (mad > 0) {
            return MAD_TO_SIGMA * mad;
        }
        double squares = Arrays.stream(off).map(v -> v * v).sum();
        return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
    }

    /// As a logarithm: `(z_(1-α/2) + z_0.8) σ √(π/3) / √R`. The signed-rank test needs π/3 times the
    /// rounds of the t-test where noise is normal (Hodges and Lehmann 1956), and the rest is the sample
    /// size formula of the latter.
    static double logarithm(double sigma, double rounds, double confidence) {
        double z = NORMAL.inverseSurvivalProbability((1 - confidence) / 2) + NORMAL.inverseCumulativeProbability(POWER);
        return z * sigma * Math.sqrt(Math.PI / 3 / rounds);
    }

    /// Rounds from which on a change of this logarithm is found.
    static long rounds(double sigma, double change, double confidence) {
        double one = logarithm(sigma, 1, confidence) / change;
        return (long) Math.ceil(one * one);
    }

    /// A logarithm of a ratio as a change in per cent.
    static double percent(double logarithm) {
        return 100 * Math.expm1(logarithm);
    }

    /// A change in per cent as a logarithm of a ratio.
    static double logarithm(double percent) {
        return Math.log1p(percent / 100);
    }
}
