package dev.assay.results.compare;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Numbers for people: rounded, in no locale. Files hold them in full.
final class Numbers {
    private static final double[] SCALES = {1, 1e3, 1e6, 1e9};
    private static final String[] UNITS = {"ns", "us", "ms", "s"};

    private Numbers() {}

    /// A ratio as a change: `+4.2 %`, and, where that has no meaning to the eye any more, `x 12.3`.
    static String change(@Nullable Double ratio) {
        if (ratio == null) {
            return "";
        }
        return ratio >= 10 || ratio <= 0.1
                ? "x " + digits(ratio)
                : String.format(Locale.ROOT, "%+.1f %%", 100 * (ratio - 1));
    }

    /// An interval of ratios as changes; empty without one.
    static String interval(@Nullable Double low, @Nullable Double high) {
        return low == null || high == null ? "" : change(low) + " to " + change(high);
    }

    /// A time with four digits.
    static String time(@Nullable Double value, String unit) {
        if (value == null) {
            return "";
        }
        if (!unit.equals("ns")) {
            return digits(value) + " " + unit;
        }
        int scale = 0;
        while (scale + 1 < SCALES.length && Math.abs(value) >= SCALES[scale + 1]) {
            scale++;
        }
        return digits(value / SCALES[scale]) + " " + UNITS[scale];
    }

    static String probability(@Nullable Double p) {
        if (p == null) {
            return "";
        }
        return p < 0.0001 ? "<0.0001" : String.format(Locale.ROOT, "%.4f", p);
    }

    static String percent(@Nullable Double pct) {
        if (pct == null) {
            return "";
        }
        return pct != 0 && Math.abs(pct) < 0.001 ? "below 0.001 %" : digits(pct) + " %";
    }

    static String digits(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        return new BigDecimal(value)
                .round(new MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }
}
