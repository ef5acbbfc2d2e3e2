package dev.assay.results.compare;

import dev.assay.results.compare.Effect.Interval;
import java.util.OptionalDouble;

/// What a measured effect means: the one place where a number becomes a word. Lower is better.
///
/// With the interval [lo, hi] of the effect, the wanted margin w and the margin m, the larger one of w
/// and the noise floor:
///
/// | word | if |
/// |---|---|
/// | regressed | lo > m |
/// | improved | hi < -m |
/// | slower | lo > 0 |
/// | faster | hi < 0 |
/// | unmeasurable | what these rounds can detect, or the noise floor, exceeds w |
/// | same | -w ≤ lo and hi ≤ w |
/// | inconclusive | else |
///
/// The first that holds is taken. `same` is held against the wanted margin, never against a noise
/// floor: on a noisy machine "no larger than the noise" is no answer to "no larger than 5 %".
///
/// @param reason one sentence
record Decision(Change change, String reason) {
    /// A ratio that meets the margin exactly may exceed it as a logarithm by an ulp or two.
    private static final double ROUNDING = 1e-12;

    /// What a decision stands on, logarithms all.
    ///
    /// @param wanted margin of the policy
    /// @param floor noise floor of the machine; 0 if unknown
    /// @param detectable smallest change that the rounds can be relied on to find; empty if unknown
    /// @param rounds how many there were, in words
    /// @param enough rounds from which on there is an interval, in words
    record Inputs(double wanted, double floor, OptionalDouble detectable, String rounds, String enough) {
        double margin() {
            return Math.max(wanted, floor);
        }
    }

    static Decision of(Effect effect, Inputs inputs) {
        if (effect.interval().isEmpty()) {
            return new Decision(
                    Change.UNMEASURABLE, "no interval from " + inputs.rounds() + "; " + inputs.enough() + " give one");
        }
        Interval interval = effect.interval().get();
        double margin = inputs.margin();
        if (interval.low() > margin) {
            return new Decision(Change.REGRESSED, "slower by at least " + percent(interval.low()));
        }
        if (interval.high() < -margin) {
            return new Decision(Change.IMPROVED, "faster by at least " + percent(-interval.high()));
        }
        if (interval.low() > 0) {
            return new Decision(
                    Change.SLOWER,
                    "slower by at least " + percent(interval.low()) + ", not shown to be by more than "
                            + percent(margin));
        }
        if (interval.high() < 0) {
            return new Decision(
                    Change.FASTER,
                    "faster by at least " + percent(-interval.high()) + ", not shown to be by more than "
                            + percent(margin));
        }
        if (inputs.detectable().orElse(0) > inputs.wanted()) {
            return new Decision(
                    Change.UNMEASURABLE,
                    "with " + inputs.rounds() + " only changes from "
                            + percent(inputs.detectable().getAsDouble()) + " on are found; the margin is "
                            + percent(inputs.wanted()));
        }
        if (inputs.floor() > inputs.wanted()) {
            return new Decision(
                    Change.UNMEASURABLE,
                    "equal builds differ by " + percent(inputs.floor()) + " here; the margin is "
                            + percent(inputs.wanted()));
        }
        if (interval.isWithin(margin)) {
            return new Decision(Change.SAME, "no change of more than " + percent(inputs.wanted()));
        }
        return new Decision(
                Change.INCONCLUSIVE,
                "between " + signed(interval.low()) + " and " + signed(interval.high()) + ", the margin is "
                        + percent(margin));
    }

    /// Of two values without noise.
    ///
    /// @param effect logarithm of their ratio
    static Decision exact(double effect, double wanted) {
        if (effect == 0) {
            return new Decision(Change.SAME, "exactly the same");
        }
        boolean slower = effect > 0;
        String by = (slower ? "slower" : "faster") + " by exactly " + percent(Math.abs(effect));
        if (Math.abs(effect) > wanted + ROUNDING) {
            return new Decision(slower ? Change.REGRESSED : Change.IMPROVED, by);
        }
        return new Decision(slower ? Change.SLOWER : Change.FASTER, by + ", within the margin");
    }

    static String percent(double logarithm) {
        return Numbers.percent(Detectable.percent(logarithm));
    }

    static String signed(double logarithm) {
        return Numbers.change(Math.exp(logarithm));
    }
}
