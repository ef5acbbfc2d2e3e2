package dev.assay.results.plot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The range of values that a plot shows.
public record Scale(double low, double high) {
    /// A plot shows at least this much of the median to each side: else noise of a per mille would fill it.
    private static final double LEAST = 0.05;

    private static final double PADDING = 0.05;

    /// Of times, whose noise must not fill the plot.
    public static Scale of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        double low = Math.min(Arrays.stream(values).min().orElseThrow(), median * (1 - LEAST));
        double high = Math.max(Arrays.stream(values).max().orElseThrow(), median * (1 + LEAST));
        double padding = PADDING * (high - low);
        return new Scale(Math.max(0, low - padding), high + padding);
    }

    /// From the smallest of the finite values to the largest; from 0 to 1 if there is none.
    public static Scale around(double[] values) {
        double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
        if (finite.length == 0) {
            return new Scale(0, 1);
        }
        double low = Arrays.stream(finite).min().orElseThrow();
        double high = Arrays.stream(finite).max().orElseThrow();
        double padding = high > low ? PADDING * (high - low) : Math.max(1e-9, Math.abs(high) * PADDING);
        return new Scale(low - padding, high + padding);
    }

    /// 0 at the low end, 1 at the high one.
    public double share(double value) {
        return (value - low) / (high - low);
    }

    /// Round values within the range, about `wanted` of them.
    public List<Double> ticks(int wanted) {
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
