package dev.assay.results.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The range of values that a plot shows.
record Scale(double low, double high) {
    /// A plot shows at least this much of the median to each side: else noise of a per mille would fill it.
    private static final double LEAST = 0.05;

    private static final double PADDING = 0.05;

    static Scale of(double[] values) {
        double median = ChangePoints.median(values, 0, values.length);
        double low = Math.min(Arrays.stream(values).min().orElseThrow(), median * (1 - LEAST));
        double high = Math.max(Arrays.stream(values).max().orElseThrow(), median * (1 + LEAST));
        double padding = PADDING * (high - low);
        return new Scale(Math.max(0, low - padding), high + padding);
    }

    /// 0 at the low end, 1 at the high one.
    double share(double value) {
        return (value - low) / (high - low);
    }

    /// Round values within the range, about `wanted` of them.
    List<Double> ticks(int wanted) {
        double raw = (high - low) / wanted;
        double magnitude = Math.pow(10, Math.floor(Math.log10(raw)));
        double step = magnitude;
        for (double factor : new double[] {2, 5, 10}) {
            if (step < raw) {
                step = factor * magnitude;
            }
        }
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step); i * step <= high; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }
}
