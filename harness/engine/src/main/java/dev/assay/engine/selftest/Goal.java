package dev.assay.engine.selftest;

import java.util.Locale;

/// What the judge has to reach, in one place.
///
/// The first two and the limits on equivalents and diagnoses are stated for the whole zoo; they were set before the
/// first run and are not moved to fit one.
///
/// @param what is counted
/// @param seen so many of so many
/// @param limit that the rate must reach, or must not exceed
/// @param atLeast whether it must reach it
/// @param strict whether the rate itself decides; otherwise it fails only where the sample refutes it at 95 %
public record Goal(String what, Proportion seen, double limit, boolean atLeast, boolean strict) {
    /// Mutants found, of those that change some element by more than [Bench#LOUD] units of legal noise.
    static final double LOUD_KILLED = 0.98;
    /// Mutants found, of all that are not equivalent.
    static final double KILLED = 0.95;
    /// Equivalent mutants of all, beyond which the grid plants faults where they cannot show.
    static final double EQUIVALENT = 0.05;
    /// Causes named rightly, of the mutants found.
    static final double DIAGNOSED = 0.90;
    /// Causes named wrongly; better to name none.
    static final double MISDIAGNOSED = 0.02;

    /// Nothing at all is no success of a rate that must be reached.
    public boolean isMet() {
        if (seen.of() == 0) {
            return !atLeast;
        }
        if (atLeast) {
            return (strict ? seen.rate() : seen.high()) >= limit;
        }
        return (strict ? seen.rate() : seen.low()) <= limit;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s %s: %s %s %.4g %%, %s",
                isMet() ? "met    " : "NOT MET",
                what,
                seen,
                atLeast ? "of at least" : "of at most",
                100 * limit,
                strict ? "by the rate itself" : "unless refuted at 95 %");
    }
}
