package dev.assay.engine.judge;

import java.math.BigDecimal;
import java.math.MathContext;
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

    /// A value as precisely as f32 has it, so that what is told apart differs in print: 9 digits, no zeros at the
    /// end.
    static String value(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        BigDecimal digits = new BigDecimal(value).round(new MathContext(9)).stripTrailingZeros();
        boolean plain = digits.signum() == 0 || Math.abs(digits.precision() - digits.scale()) < 10;
        return plain ? digits.toPlainString() : digits.toString();
    }

    /// Three significant digits, for reading; tables keep all of them.
    static String rough(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3g", value) : Double.toString(value);
    }
}
