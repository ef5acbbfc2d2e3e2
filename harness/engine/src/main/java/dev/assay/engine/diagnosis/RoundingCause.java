package dev.assay.engine.diagnosis;

import java.util.Optional;

/// Wrong last bits of an otherwise right result: cut off, rounded twice, or inverted now and then.
final class RoundingCause {
    private RoundingCause() {}

    static Optional<Diagnosis> of(Held held) {
        if (held.wrongs < 8) {
            return Optional.empty();
        }
        int seen = 0;
        int cut = 0;
        int above = 0;
        int nearTies = 0;
        int small = 0;
        for (int i = 0; i < held.count(); i++) {
            double want = held.want[i];
            double largest = held.dtype.maxFinite();
            if (held.wrong[i] && Math.abs(want) > largest && held.got[i] == Math.copySign(largest, want)) {
                // Toward zero nothing becomes infinite.
                seen++;
                cut++;
                continue;
            }
            if (held.open[i] || !Double.isFinite(want) || !Double.isFinite(held.got[i]) || want == 0) {
                continue;
            }
            double ulp = held.ulp(want);
            double noise = held.deterministic[i] + 4 * held.sigma[i];
            double error = (held.got[i] - want) * Math.signum(want);
            if (Math.abs(want) < held.dtype.minNormal() || noise > ulp / 3) {
                continue;
            }
            if (held.wrong[i]) {
                seen++;
                cut += error < 0 && error > -ulp - noise ? 1 : 0;
                nearTies += Math.abs(error) < ulp * 0.625 + noise ? 1 : 0;
            } else if (error > noise + ulp * 0.05) {
                above++;
            } else {
                small++;
            }
        }
        if (seen < 8 || seen < held.wrongs * 0.5) {
            return Optional.empty();
        }
        if (cut >= 0.99 * seen && above <= 0.02 * (small + above) && seen > 0.2 * (seen + small + above)) {
            return Optional.of(new Diagnosis(Cause.TRUNCATION, "results are cut off where they should be rounded"));
        }
        if (cut == seen && above <= 0.002 * (small + above) && seen > 0.02 * (seen + small) && seen > 200) {
            // Among results that are exact, or lie beyond what can be told apart, fewer are wrong.
            return Optional.of(new Diagnosis(Cause.TRUNCATION, "results are cut off where they should be rounded"));
        }
        if (nearTies >= 0.99 * seen && seen < 0.5 * held.count() && twice(held)) {
            return Optional.of(new Diagnosis(
                    Cause.DOUBLE_ROUNDING,
                    "wrong are results next to the middle of two numbers: they are rounded twice"));
        }
        return Optional.empty();
    }

    /// Whether rounding to some type between first gives what was returned.
    private static boolean twice(Held held) {
        for (int bits = held.dtype.precision() + 1; bits <= Math.min(24, held.dtype.precision() + 6); bits++) {
            int right = 0;
            int seen = 0;
            for (int i = 0; i < held.count(); i++) {
                if (held.wrong[i]) {
                    seen++;
                    right += held.dtype.round(toBits(held.want[i], bits)) == held.got[i] ? 1 : 0;
                }
            }
            if (right >= 0.97 * seen) {
                return true;
            }
        }
        return false;
    }

    /// Rounded to so many significand bits, nearest even.
    static double toBits(double value, int bits) {
        if (value == 0 || !Double.isFinite(value)) {
            return value;
        }
        double unit = Math.scalb(1.0, Math.getExponent(value) - bits + 1);
        return Math.rint(value / unit) * unit;
    }
}
