package dev.assay.cli;

import dev.assay.results.CaseRow;
import dev.assay.results.Verdict;
import java.util.Collection;

/// What the process tells its caller when it ends.
final class Exit {
    static final int OK = 0;
    /// A fault of ours.
    static final int INTERNAL = 1;
    /// The command line, or a file that it names, is wrong.
    static final int USAGE = 2;
    /// Some result is wrong.
    static final int INCORRECT = 3;
    /// A time got worse by more than the margin, and fresh rounds confirmed it where there were some.
    static final int REGRESSED = 4;
    /// Whether a time got worse cannot be told; only where that was asked for.
    static final int INCONCLUSIVE = 5;
    /// Two runs cannot be compared, or there is no baseline.
    static final int INCOMPARABLE = 6;
    /// Some case did not end by itself.
    static final int INCOMPLETE = 7;
    /// Stored results are not whole, or do not agree with themselves.
    static final int VERIFICATION = 8;
    /// This machine will not do.
    static final int ENVIRONMENT = 9;
    /// A backend plugin could not be loaded or opened before the first case.
    static final int PLUGIN = 10;
    /// It may work another time; what is finished is kept.
    static final int TRANSIENT = 75;
    /// Ctrl-C.
    static final int INTERRUPTED = 130;

    private Exit() {}

    /// The code of a run: wrong results weigh more than missing ones. Refusals, and what the plan announced as not
    /// run, are no failures.
    ///
    /// @param missing planned rows that are not there
    static int of(Collection<CaseRow> rows, int missing) {
        if (rows.stream().anyMatch(row -> row.verdict().isWrong())) {
            return INCORRECT;
        }
        boolean lost =
                missing > 0 || rows.stream().anyMatch(row -> row.verdict().isLost());
        return lost ? INCOMPLETE : OK;
    }

    /// Whether a case with this verdict did not end by itself.
    static boolean isLost(Verdict verdict) {
        return verdict.isLost();
    }

    /// Whether a person should look at the row.
    static boolean isBad(CaseRow row) {
        return row.verdict().isBad();
    }
}
