package dev.assay.results.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// Where the level of a series changed.
///
/// A stretch is cut at its best place if a permutation test rejects "no change" at [#LEVEL], and both
/// halves are looked at in the same way. Of the cuts found, the one with the smallest change of the median
/// is dropped until all that are left exceed the threshold: what is significant but small is no news.
///
/// @param p of the test of the whole series
/// @param starts index of the first value of every segment, ascending; the first is 0
/// @param provisional where the newest values, too few for a segment, seem to begin a new one
public record ChangePoints(double p, List<Integer> starts, Optional<Provisional> provisional) {
    /// Of the test that decides about a cut. The first test of a series decides whether it has any change
    /// at all, so this is also the share of unchanged series in which one is seen.
    public static final double LEVEL = 0.05;

    /// Fewest values of a segment (research/results.md 9.10).
    public static final int SHORTEST = 5;

    /// Smallest change of a median that is reported, in percent (same place).
    public static final double LEAST_CHANGE_PCT = 2.0;

    /// Permutations of a test (same place); p cannot be smaller than 1/1000 then.
    public static final int PERMUTATIONS = 999;

    /// For the newest values: stricter, as they are looked at again with every run.
    public static final double PROVISIONAL_LEVEL = 0.02;

    /// Fewest values that can be a provisional segment: one wild value is not news.
    private static final int FEWEST_NEW = 2;

    /// Newest values that seem to have changed.
    ///
    /// @param start index of the first of them
    /// @param p of their test
    public record Provisional(int start, double p) {}

    /// How to look.
    ///
    /// @param thresholdPct changes of the median up to this are dropped
    /// @param most permutations to try where none of the first 999 reaches what was observed: with many
    ///     series, the smallest p of the correction for their number is below 1/1000
    /// @param seed of the permutations
    public record Search(double thresholdPct, int most, long seed) {
        public Search {
            thresholdPct = Math.max(LEAST_CHANGE_PCT, thresholdPct);
        }
    }

    public ChangePoints {
        starts = List.copyOf(starts);
    }

    /// The changes in a series of positive values, in the order of time.
    public static ChangePoints in(double[] values, Search search) {
        TreeSet<Integer> starts = new TreeSet<>(List.of(0));
        double p = cut(values, 0, values.length, search, starts);
        drop(values, starts, search.thresholdPct());
        return new ChangePoints(p, List.copyOf(starts), newest(values, starts.last(), search));
    }

    /// The same without any change: for a series that does not stand the correction for the number of series.
    public static ChangePoints none(double[] values, double p, Search search) {
        return new ChangePoints(p, List.of(0), newest(values, 0, search));
    }

    /// Cuts `[from, to)` and its parts; returns p of the first test.
    private static double cut(double[] values, int from, int to, Search search, TreeSet<Integer> starts) {
        if (to - from < 2 * SHORTEST) {
            return 1.0;
        }
        long seed = search.seed() + 1_000_003L * from + to;
        EnergySplit split =
                EnergySplit.of(Arrays.copyOfRange(values, from, to), SHORTEST, PERMUTATIONS, search.most(), seed);
        if (split.p() <= LEVEL) {
            int at = from + split.at();
            starts.add(at);
            cut(values, from, at, search, starts);
            cut(values, at, to, search, starts);
        }
        return split.p();
    }

    private static void drop(double[] values, TreeSet<Integer> starts, double thresholdPct) {
        while (starts.size() > 1) {
            List<Integer> ordered = new ArrayList<>(starts);
            int smallest = 1;
            double least = Double.POSITIVE_INFINITY;
            for (int i = 1; i < ordered.size(); i++) {
                int end = i + 1 < ordered.size() ? ordered.get(i + 1) : values.length;
                double change = Math.abs(changePct(values, ordered.get(i - 1), ordered.get(i), end));
                if (change < least) {
                    least = change;
                    smallest = i;
                }
            }
            if (least > thresholdPct) {
                return;
            }
            starts.remove(ordered.get(smallest));
        }
    }

    private static Optional<Provisional> newest(double[] values, int from, Search search) {
        int to = values.length;
        if (to - from < SHORTEST + FEWEST_NEW) {
            return Optional.empty();
        }
        long seed = search.seed() + 1_000_003L * from + to + 1;
        EnergySplit split = EnergySplit.atTheEnd(
                Arrays.copyOfRange(values, from, to),
                SHORTEST,
                FEWEST_NEW,
                SHORTEST - 1,
                PERMUTATIONS,
                PERMUTATIONS,
                seed);
        int at = from + split.at();
        boolean seen =
                split.p() <= PROVISIONAL_LEVEL && Math.abs(changePct(values, from, at, to)) > search.thresholdPct();
        return seen ? Optional.of(new Provisional(at, split.p())) : Optional.empty();
    }

    /// Median of `[at, to)` against that of `[from, at)`, in percent: positive if it grew.
    static double changePct(double[] values, int from, int at, int to) {
        return 100 * (median(values, at, to) / median(values, from, at) - 1);
    }

    /// Median of `[from, to)`; the mean of the middle two where their number is even.
    static double median(double[] values, int from, int to) {
        double[] sorted = Arrays.copyOfRange(values, from, to);
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
