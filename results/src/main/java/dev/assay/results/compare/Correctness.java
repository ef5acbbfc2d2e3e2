package dev.assay.results.compare;

import dev.assay.results.CaseRow;
import dev.assay.results.Verdict;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What became of the result of a case.
final class Correctness {
    private static final Set<Verdict> REFUSED = EnumSet.of(Verdict.UNSUPPORTED, Verdict.VACUOUS);

    private Correctness() {}

    /// Of a case that only the candidate has; empty if it was not run there either.
    static Optional<Decision> ofNew(CaseRow after) {
        return after.verdict() == Verdict.NOT_RUN
                ? Optional.empty()
                : Optional.of(new Decision(Change.NEW, "not in the base; " + told(after)));
    }

    /// Of a case that only the base has; empty if it was not run there either.
    static Optional<Decision> ofMissing(CaseRow before) {
        return before.verdict() == Verdict.NOT_RUN
                ? Optional.empty()
                : Optional.of(new Decision(Change.MISSING, "not in the candidate; base: " + told(before)));
    }

    /// Of a case that both have; empty if it ended in the same way, or in a way that is neither better
    /// nor worse.
    ///
    /// @param obstacles why the results cannot be compared
    static Optional<Decision> of(CaseRow before, CaseRow after, List<String> obstacles) {
        if (!before.caseHash().equals(after.caseHash())) {
            return Optional.of(new Decision(
                    Change.INCOMPARABLE,
                    "the case means something else: case_hash " + before.caseHash() + " in the base, "
                            + after.caseHash() + " in the candidate"));
        }
        if (before.verdict() == after.verdict()) {
            return Optional.empty();
        }
        String told = before.verdict().word() + " -> " + told(after);
        if (!obstacles.isEmpty()) {
            return Optional.of(new Decision(Change.INCOMPARABLE, String.join("; ", obstacles) + "; " + told));
        }
        if (after.verdict() == Verdict.NOT_RUN) {
            return Optional.of(new Decision(Change.MISSING, told));
        }
        if (before.verdict() == Verdict.NOT_RUN) {
            return Optional.of(new Decision(Change.NEW, told));
        }
        if (after.verdict() == Verdict.PASS) {
            return Optional.of(new Decision(Change.FIXED, told));
        }
        boolean worse = before.verdict() == Verdict.PASS
                || (REFUSED.contains(before.verdict()) && !REFUSED.contains(after.verdict()));
        return worse ? Optional.of(new Decision(Change.BROKEN, told)) : Optional.empty();
    }

    private static String told(CaseRow row) {
        String layer = row.layer().isEmpty() ? "" : " (" + row.layer() + ")";
        String reason = row.reason().isEmpty() ? "" : ": " + row.reason();
        return row.verdict().word() + layer + reason;
    }
}
