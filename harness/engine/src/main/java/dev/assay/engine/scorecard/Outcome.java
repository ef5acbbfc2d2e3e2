package dev.assay.engine.scorecard;

import dev.assay.results.Ruling;
import java.util.OptionalDouble;

/// What a criterion says of one output.
///
/// @param measure the criterion's own number
/// @param limit what the number may be
/// @param remark why it is not applicable, or empty text
public record Outcome(Ruling ruling, OptionalDouble measure, OptionalDouble limit, String remark) {

    static Outcome notApplicable(String why) {
        return new Outcome(Ruling.NOT_APPLICABLE, OptionalDouble.empty(), OptionalDouble.empty(), why);
    }

    /// Passes up to and including the limit; NaN fails.
    static Outcome atMost(double measure, double limit) {
        return of(measure <= limit, measure, limit);
    }

    /// Passes below the limit; NaN fails.
    static Outcome below(double measure, double limit) {
        return of(measure < limit, measure, limit);
    }

    static Outcome of(boolean passes, double measure, double limit) {
        return new Outcome(
                passes ? Ruling.PASS : Ruling.FAIL, OptionalDouble.of(measure), OptionalDouble.of(limit), "");
    }

    Outcome withRemark(String text) {
        return new Outcome(ruling, measure, limit, text);
    }
}
