package dev.assay.engine.timing;

import java.util.Arrays;

/// Whether the times of one process have settled, or still rise or fall.
///
/// The slope is that of Theil and Sen, the median of the slopes of all pairs of samples; its 95 % confidence interval
/// leaves out 0 exactly when Kendall's S, concordant less discordant pairs, has a two-sided probability of at most
/// 5 % among samples without a trend (Sen 1968). Of the slope's effect from the first sample to the last more than
/// 1 % of the median counts. Up to 20 samples are taken as they are, more of them as medians of 20 stretches, for
/// single runs that follow each other are alike.
final class SteadyState {
    private static final int MOST_POINTS = 20;
    /// Of fewer points no order is rare: all of 4 rise or fall by chance once in 12 times.
    private static final int FEWEST_POINTS = 5;

    private static final double SIGNIFICANCE = 0.05;
    private static final double NEGLIGIBLE = 0.01;

    private SteadyState() {}

    /// Whether there is a trend.
    ///
    /// @param inOrder times of one process, in the order in which they were taken
    static boolean hasTrend(double[] inOrder) {
        double[] points = stretches(inOrder);
        int n = points.length;
        if (n < FEWEST_POINTS) {
            return false;
        }
        double[] slopes = new double[n * (n - 1) / 2];
        int pairs = 0;
        int s = 0;
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                slopes[pairs++] = (points[j] - points[i]) / (j - i);
                s += (int) Math.signum(points[j] - points[i]);
            }
        }
        double effect = Math.abs(median(slopes)) * n;
        return effect > NEGLIGIBLE * median(points) && probability(n, Math.abs(s)) <= SIGNIFICANCE;
    }

    private static double[] stretches(double[] values) {
        if (values.length <= MOST_POINTS) {
            return values.clone();
        }
        double[] medians = new double[MOST_POINTS];
        for (int i = 0; i < MOST_POINTS; i++) {
            int from = (int) ((long) i * values.length / MOST_POINTS);
            int to = (int) ((i + 1L) * values.length / MOST_POINTS);
            medians[i] = median(Arrays.copyOfRange(values, from, to));
        }
        return medians;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return TimingSummary.percentile(sorted, 0.5);
    }

    /// P(|S| ≥ s) among all orders of n different values, by counting inversions: of n values, the last one adds 0 to
    /// n - 1 of them (Kendall 1938). Ties make S smaller, and a trend harder to claim.
    static double probability(int n, int s) {
        double[] orders = {1};
        for (int size = 2; size <= n; size++) {
            double[] more = new double[orders.length + size - 1];
            for (int inversions = 0; inversions < orders.length; inversions++) {
                for (int added = 0; added < size; added++) {
                    more[inversions + added] += orders[inversions] / size;
                }
            }
            orders = more;
        }
        double sum = 0;
        int pairs = n * (n - 1) / 2;
        for (int inversions = 0; inversions < orders.length; inversions++) {
            if (Math.abs(pairs - 2 * inversions) >= s) {
                sum += orders[inversions];
            }
        }
        return Math.min(1, sum);
    }
}
