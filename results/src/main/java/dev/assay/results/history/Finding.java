package dev.assay.results.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// What is seen in a series.
///
/// @param changes positions are those of the values, not of the points
/// @param stretches of level time, in order; empty if no run has a time
public record Finding(Series series, ChangePoints changes, List<Stretch> stretches) {
    /// Share of false ones among the series that are said to have changed (Benjamini and Hochberg 1995).
    public static final double FALSE_DISCOVERY_RATE = 0.05;

    /// More permutations than this are never tried; p goes down to 1/100000 with them.
    private static final int MOST_PERMUTATIONS = 99_999;

    /// Values between two changes.
    ///
    /// @param from position of the first point
    /// @param to position of the last point
    /// @param values in it
    /// @param median of them
    /// @param changePct against the stretch before, positive if it grew; 0 for the first
    /// @param provisional whether there are too few values yet to be sure
    public record Stretch(int from, int to, int values, double median, double changePct, boolean provisional) {}

    public Finding {
        stretches = List.copyOf(stretches);
    }

    /// Looks at all series together: where there are many, more evidence is asked of each.
    ///
    /// @param floorPct changes of a series up to this are noise; at least [ChangePoints#LEAST_CHANGE_PCT] is
    ///     taken
    public static List<Finding> in(List<Series> all, ToDoubleFunction<Series> floorPct) {
        int most = permutations(all.size());
        List<ChangePoints> found = new ArrayList<>();
        for (Series one : all) {
            found.add(ChangePoints.in(one.values(), search(one, floorPct.applyAsDouble(one), most)));
        }
        // Series that are too short to be tested are no part of the family.
        double[] tested = new double[all.size()];
        int count = 0;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).values().length >= 2 * ChangePoints.SHORTEST) {
                tested[count++] = found.get(i).p();
            }
        }
        double limit = limit(Arrays.copyOf(tested, count));
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Series series = all.get(i);
            ChangePoints changes = found.get(i);
            if (changes.starts().size() > 1 && changes.p() > limit) {
                changes = ChangePoints.none(
                        series.values(), changes.p(), search(series, floorPct.applyAsDouble(series), most));
            }
            findings.add(new Finding(series, changes, stretches(series, changes)));
        }
        return findings;
    }

    private static ChangePoints.Search search(Series series, double floorPct, int most) {
        return new ChangePoints.Search(floorPct, most, series.key().seedOfPermutations());
    }

    /// So many that the smallest p can pass the first step of the correction.
    private static int permutations(int series) {
        long enough = (long) Math.ceil(series / FALSE_DISCOVERY_RATE);
        return Math.clamp(enough, ChangePoints.PERMUTATIONS, MOST_PERMUTATIONS);
    }

    /// Largest p that Benjamini and Hochberg's step-up procedure lets pass; below every p if none does.
    static double limit(double[] ps) {
        double[] sorted = ps.clone();
        Arrays.sort(sorted);
        for (int i = sorted.length; i > 0; i--) {
            if (sorted[i - 1] <= FALSE_DISCOVERY_RATE * i / sorted.length) {
                return sorted[i - 1];
            }
        }
        return -1;
    }

    private static List<Stretch> stretches(Series series, ChangePoints changes) {
        double[] values = series.values();
        List<Integer> points = series.timed();
        List<Integer> starts = new ArrayList<>(changes.starts());
        changes.provisional().ifPresent(newest -> starts.add(newest.start()));
        List<Stretch> stretches = new ArrayList<>();
        for (int i = 0; i < starts.size() && values.length > 0; i++) {
            int from = starts.get(i);
            int to = i + 1 < starts.size() ? starts.get(i + 1) : values.length;
            double change = i == 0 ? 0 : ChangePoints.changePct(values, starts.get(i - 1), from, to);
            boolean provisional = i >= changes.starts().size() || to - from < ChangePoints.SHORTEST;
            stretches.add(new Stretch(
                    points.get(from),
                    points.get(to - 1),
                    to - from,
                    ChangePoints.median(values, from, to),
                    change,
                    provisional));
        }
        return stretches;
    }

    /// Whether it has a change that is not provisional.
    public boolean hasChanged() {
        return changes.starts().size() > 1;
    }
}
