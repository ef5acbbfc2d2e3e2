package dev.assay.engine.diagnosis;

import dev.assay.operator.About;
import java.util.Optional;
import java.util.function.IntPredicate;

/// Results that use fewer significant bits than their type has, so that something on their way was narrower.
final class FewDigits {
    /// Part of the results that get by with so many bits; others lie where a chance rounds them.
    private static final double NEARLY_ALL = 0.98;

    private FewDigits() {}

    /// Significant bits that nearly all results get by with.
    static int most(Held held) {
        return most(held, i -> !held.open[i]);
    }

    private static int most(Held held, IntPredicate counts) {
        int[] used = new int[54];
        int seen = 0;
        for (int i = 0; i < held.count(); i++) {
            if (counts.test(i) && tells(held.got[i])) {
                used[bits(held.got[i])]++;
                seen++;
            }
        }
        int most = 0;
        int cumulated = used[0];
        while (most < used.length - 1 && cumulated < NEARLY_ALL * seen) {
            cumulated += used[++most];
        }
        return most;
    }

    /// Zeros have no digits.
    private static boolean tells(double got) {
        return got != 0 && Double.isFinite(got);
    }

    private static int bits(double value) {
        return 53 - Math.min(52, Long.numberOfTrailingZeros(Double.doubleToRawLongBits(value) | 1L << 52));
    }

    private static boolean isStored(int bits) {
        return bits <= 8 || bits == 11;
    }

    private static Diagnosis sums(int bits) {
        return new Diagnosis(
                Cause.NARROW_ACCUMULATOR,
                "results have " + bits + " significant bits: sums are kept in " + (bits <= 8 ? "bf16" : "f16"));
    }

    private static Diagnosis onTheWay(int bits) {
        return new Diagnosis(Cause.NARROW_INTERMEDIATE, "results are rounded to " + bits + " bits on their way");
    }

    /// Of sums of products.
    static Optional<Diagnosis> ofSums(Held held, int fewest) {
        int seen = 0;
        int full = 0;
        int once8 = 0;
        int once11 = 0;
        for (int i = 0; i < held.count(); i++) {
            double got = held.got[i];
            if (held.open[i] || !tells(got)) {
                continue;
            }
            seen++;
            full += bits(held.dtype.round(held.want[i])) > 18 ? 1 : 0;
            once8 += got == RoundingCause.toBits(held.want[i], 8) ? 1 : 0;
            once11 += got == RoundingCause.toBits(held.want[i], 11) ? 1 : 0;
        }
        int most = most(held);
        if (seen < fewest || full < 0.9 * seen || !isStored(most)) {
            return Optional.empty();
        }
        return Optional.of(Math.max(once8, once11) > 0.9 * seen ? onTheWay(most) : sums(most));
    }

    /// Of an operator of the vector units.
    static Optional<Diagnosis> ofVectorUnits(Held held, int fewest) {
        IntPredicate counts = i -> !held.open[i] && held.wrong[i] && Double.isFinite(held.want[i]);
        int most = most(held, counts);
        int seen = 0;
        int full = 0;
        int once = 0;
        for (int i = 0; i < held.count(); i++) {
            seen += counts.test(i) && tells(held.got[i]) ? 1 : 0;
            if (held.wrong[i] && Double.isFinite(held.want[i])) {
                full += bits(held.dtype.round(held.want[i])) > most + 3 ? 1 : 0;
                once += held.got[i] == RoundingCause.toBits(held.want[i], most) ? 1 : 0;
            }
        }
        // So many results each lack as many digits as no chance makes them lack.
        if (seen < fewest || most < 3 || most > held.dtype.precision() - 4 || full < 0.9 * seen) {
            return Optional.empty();
        }
        if (!isStored(most)) {
            return Optional.of(
                    new Diagnosis(Cause.ROUGH_FUNCTION, "results are right to " + most + " significant bits only"));
        }
        if (once >= 0.9 * seen) {
            return Optional.of(onTheWay(most));
        }
        About about = held.evidence.operator().about();
        boolean adds =
                about.errors() == About.Errors.REDUCTION || about.formula().contains("Σ");
        return adds ? Optional.of(sums(most)) : Optional.empty();
    }
}
