package dev.assay.results.history;

import java.math.BigDecimal;
import java.util.Locale;

/// Times and changes for people, the same in every locale.
public final class Amounts {
    private static final String[] TIMES = {"ns", "us", "ms", "s"};
    private static final double STEP = 1000;

    private Amounts() {}

    /// Four significant digits; nanoseconds as the unit that suits.
    public static String text(double value, String unit) {
        double scaled = value;
        int step = 0;
        if (unit.equals(TIMES[0])) {
            // 999.95 would be written as 1000.
            while (step < TIMES.length - 1 && Math.abs(scaled) >= STEP - 0.05) {
                scaled /= STEP;
                step++;
            }
        }
        String name = unit.equals(TIMES[0]) ? TIMES[step] : unit;
        return (significant(scaled) + " " + name).strip();
    }

    private static String significant(double value) {
        double size = Math.abs(value);
        if (size >= 1e6 || (size < 1e-3 && size > 0)) {
            return String.format(Locale.ROOT, "%.3e", value);
        }
        return new BigDecimal(String.format(Locale.ROOT, "%.3e", value)).toPlainString();
    }

    /// With its sign: `+12.3 %`.
    public static String change(double percent) {
        return String.format(Locale.ROOT, "%+.1f %%", percent);
    }
}
