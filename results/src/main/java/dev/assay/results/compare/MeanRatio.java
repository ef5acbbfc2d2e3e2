package dev.assay.results.compare;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.NormalDistribution;

/// Geometric mean of the ratios of many cases, with a 95 % interval over cases.
///
/// @param clock of all of them
/// @param count cases in it: those with a ratio on both sides
/// @param ratio candidate to base
/// @param low by resampling the cases (percentile bootstrap, Efron 1979, 1000 draws with a fixed seed);
///     above 10,000 cases, where the mean of logarithms is normal for all purposes, from its standard
///     error; the ratio itself of fewer than two cases
/// @param high the upper end
public record MeanRatio(String clock, int count, double ratio, double low, double high) {
    private static final int DRAWS = 1000;
    private static final int MOST_RESAMPLED = 10_000;
    private static final long SEED = 20260101;
    private static final double TAIL = 0.025;

    static boolean isCounted(CompareRow row) {
        return row.ratio() != null && row.verdict() != Change.INCOMPARABLE;
    }

    static MeanRatio of(String clock, List<CompareRow> rows) {
        double[] logarithms = rows.stream()
                .map(CompareRow::ratio)
                .filter(ratio -> ratio != null)
                .mapToDouble(Math::log)
                .toArray();
        return ofLogarithms(clock, logarithms);
    }

    static MeanRatio ofLogarithms(String clock, double[] logarithms) {
        int n = logarithms.length;
        double mean = Arrays.stream(logarithms).average().orElse(Double.NaN);
        double low = mean;
        double high = mean;
        if (n > MOST_RESAMPLED) {
            double squares =
                    Arrays.stream(logarithms).map(x -> (x - mean) * (x - mean)).sum();
            double half =
                    NormalDistribution.of(0, 1).inverseSurvivalProbability(TAIL) * Math.sqrt(squares / (n - 1.0) / n);
            low = mean - half;
            high = mean + half;
        } else if (n > 1) {
            double[] means = new double[DRAWS];
            SplittableRandom random = new SplittableRandom(SEED);
            for (int draw = 0; draw < DRAWS; draw++) {
                double sum = 0;
                for (int i = 0; i < n; i++) {
                    sum += logarithms[random.nextInt(n)];
                }
                means[draw] = sum / n;
            }
            Arrays.sort(means);
            low = means[(int) (TAIL * DRAWS)];
            high = means[DRAWS - 1 - (int) (TAIL * DRAWS)];
        }
        return new MeanRatio(clock, n, Math.exp(mean), Math.exp(low), Math.exp(high));
    }
}
