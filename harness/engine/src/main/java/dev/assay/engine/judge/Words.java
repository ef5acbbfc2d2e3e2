package dev.assay.engine.judge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Elements and numbers in sentences.
final class Words {
    private Words() {}

    /// `Y[3,5]`.
    static String element(String output, long[] at) {
        return output + Arrays.stream(at).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }

    /// `Y[0..3,5]`: the box that holds the wrong elements.
    static String box(String output, long[] lowest, long[] highest) {
        List<String> ranges = new ArrayList<>();
        for (int axis = 0; axis < lowest.length; axis++) {
            ranges.add(
                    lowest[axis] == highest[axis] ? Long.toString(lowest[axis]) : lowest[axis] + ".." + highest[axis]);
        }
        return output + "[" + String.join(",", ranges) + "]";
    }

    /// Three significant digits, for reading; tables keep all of them.
    static String rough(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3g", value) : Double.toString(value);
    }
}
