package dev.assay.results.compare;

import java.util.Set;
import java.util.TreeSet;

/// What the rounds of both sides say, by the design they were measured in.
///
/// @param worth how many pairs of rounds they are worth
/// @param sigma standard deviation of the logarithm of the ratio of two rounds, from these rounds alone
/// @param rounds how many there are, in words
/// @param enough how many give an interval, in words
/// @param note what else is to be said, behind a semicolon, or nothing
record Measured(Effect effect, double worth, double sigma, String rounds, String enough, String note) {

    static Measured paired(RowBuilder row, RoundValues base, RoundValues candidate, double confidence) {
        RoundValues before = base.only(candidate.least().keySet());
        RoundValues after = candidate.only(base.least().keySet());
        row.design("paired").values(before, after);
        double[] differences = before.differences(after);
        Set<Integer> all = new TreeSet<>(base.least().keySet());
        all.addAll(candidate.least().keySet());
        int lost = all.size() - differences.length;
        String note = lost == 0
                ? ""
                : "; " + lost + (lost == 1 ? " round" : " rounds") + " that only one side has "
                        + (lost == 1 ? "was" : "were") + " dropped";
        return new Measured(
                Effect.paired(differences, confidence),
                differences.length,
                Detectable.sigma(differences),
                differences.length + (differences.length == 1 ? " pair of rounds" : " pairs of rounds"),
                Effect.fewestPairs(confidence) + " or more",
                note);
    }

    /// Two samples of m and n are worth `2 m n / (m + n)` pairs: with as much variance within each, the
    /// difference of their means has the variance `σ² (1/m + 1/n)`, that of R pairs `2 σ² / R`.
    static Measured unpaired(RowBuilder row, RoundValues base, RoundValues candidate, double confidence) {
        row.design("unpaired").values(base, candidate);
        double m = base.rounds();
        double n = candidate.rounds();
        return new Measured(
                Effect.unpaired(base.logarithms(), candidate.logarithms(), confidence),
                2 * m * n / (m + n),
                Math.hypot(Detectable.sigma(base.logarithms()), Detectable.sigma(candidate.logarithms())),
                base.rounds() + " and " + candidate.rounds() + " rounds",
                Effect.fewestEach(confidence) + " or more on each side",
                "");
    }
}
