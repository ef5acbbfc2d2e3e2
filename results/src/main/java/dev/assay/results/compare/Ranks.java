package dev.assay.results.compare;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Ranks of values, ties sharing the mean of theirs.
final class Ranks {
    private Ranks() {}

    /// Twice the rank of each value, from 2 on: a whole number also where ties share one.
    static int[] doubled(double[] values) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] ranks = new int[values.length];
        int from = 0;
        while (from < order.length) {
            int to = from;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            // The ranks from + 1 to `to`, twice their mean.
            int shared = from + 1 + to;
            for (int i = from; i < to; i++) {
                ranks[order[i]] = shared;
            }
            from = to;
        }
        return ranks;
    }

    /// Whether no two are equal.
    static boolean areDistinct(double[] values) {
        return Arrays.stream(values).distinct().count() == values.length;
    }
}
