package dev.assay.cli;

import java.util.Locale;

/// Lengths of time for people.
final class Durations {
    private static final double SECOND = 1e3;
    private static final double MINUTE = 60 * SECOND;
    private static final double HOUR = 60 * MINUTE;

    private Durations() {}

    /// `0.3 s`, `41 s`, `7 min`, `2.5 h`.
    static String text(double milliseconds) {
        if (milliseconds < 10 * SECOND) {
            return String.format(Locale.ROOT, "%.1f s", milliseconds / SECOND);
        }
        if (milliseconds < 2 * MINUTE) {
            return String.format(Locale.ROOT, "%.0f s", milliseconds / SECOND);
        }
        return milliseconds < 2 * HOUR
                ? String.format(Locale.ROOT, "%.0f min", milliseconds / MINUTE)
                : String.format(Locale.ROOT, "%.1f h", milliseconds / HOUR);
    }
}
