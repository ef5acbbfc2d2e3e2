package dev.assay.operator;

import java.util.Arrays;

/// Which of several values a device chose, where those that lie next to each other may change places.
///
/// A device sorts what it computed, not the exact values. Of computed values `v ± e` the r-th largest lies between the
/// r-th largest of `v - e` and the r-th largest of `v + e`; a choice is right in its place if its own range meets that
/// one. So of equal values any will do, and of values that are farther apart than their errors only one.
public final class Choice {
    private final double[] values;
    private final double[] errors;
    private final int[] order;
    private final double[] lowest;
    private final double[] highest;

    /// @param values exact ones; minus infinity for what may not be chosen
    /// @param errors bound of a device's
    public Choice(double[] values, double[] errors) {
        this.values = values.clone();
        this.errors = errors.clone();
        this.order = descending(values);
        this.lowest = new double[values.length];
        this.highest = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            lowest[i] = -(values[i] - errors[i]);
            highest[i] = -(values[i] + errors[i]);
        }
        Arrays.sort(lowest);
        Arrays.sort(highest);
    }

    /// Numbers of the values, the largest first, of equal ones the first.
    public static int[] descending(double[] values) {
        Integer[] boxed = new Integer[values.length];
        Arrays.setAll(boxed, i -> i);
        Arrays.sort(boxed, (a, b) -> Double.compare(values[b], values[a]));
        return Arrays.stream(boxed).mapToInt(Integer::intValue).toArray();
    }

    /// Whether a device may find this value in the place `rank`, counted from 0 for the largest.
    private boolean fits(int chosen, int rank) {
        return values[chosen] + errors[chosen] >= -lowest[rank] && values[chosen] - errors[chosen] <= -highest[rank];
    }

    /// What is expected of a device that chose these: in each place its own choice where that is right, and another one
    /// where it is not.
    ///
    /// @param chosen as the device has them, whatever they are
    /// @param sorted whether the largest comes first; otherwise any order will do
    public long[] expected(long[] chosen, boolean sorted) {
        int[] places = new int[chosen.length];
        Arrays.setAll(places, r -> r);
        if (!sorted) {
            double[] sizes = Arrays.stream(chosen)
                    .mapToDouble(c -> c >= 0 && c < values.length ? values[(int) c] : Double.NEGATIVE_INFINITY)
                    .toArray();
            places = descending(sizes);
        }
        boolean[] named = new boolean[values.length];
        long[] expected = new long[chosen.length];
        boolean[] right = new boolean[chosen.length];
        for (int rank = 0; rank < places.length; rank++) {
            long choice = chosen[places[rank]];
            right[rank] = choice >= 0
                    && choice < values.length
                    && values[(int) choice] > Double.NEGATIVE_INFINITY
                    && !named[(int) choice]
                    && fits((int) choice, rank);
            if (right[rank]) {
                named[(int) choice] = true;
                expected[places[rank]] = choice;
            }
        }
        for (int rank = 0; rank < places.length; rank++) {
            if (!right[rank]) {
                expected[places[rank]] = best(named, chosen[places[rank]]);
            }
        }
        return expected;
    }

    /// The best that was not named yet and is not this one; it is named then.
    private long best(boolean[] named, long not) {
        for (int candidate : order) {
            if (!named[candidate] && candidate != not) {
                named[candidate] = true;
                return candidate;
            }
        }
        return -1;
    }
}
