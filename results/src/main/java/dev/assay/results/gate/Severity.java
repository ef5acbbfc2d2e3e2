package dev.assay.results.gate;

import dev.assay.results.Verdict;
import java.util.EnumSet;
import java.util.Set;

/// What a verdict says about a release.
public final class Severity {
    private static final Set<Verdict> WRONG = EnumSet.of(Verdict.FAIL, Verdict.UNSTABLE, Verdict.ERROR);
    private static final Set<Verdict> LOST = EnumSet.of(Verdict.CRASH, Verdict.TIMEOUT, Verdict.OUT_OF_MEMORY);

    private Severity() {}

    /// A result is wrong.
    public static boolean isWrong(Verdict verdict) {
        return WRONG.contains(verdict);
    }

    /// A case did not end by itself.
    public static boolean isLost(Verdict verdict) {
        return LOST.contains(verdict);
    }

    /// Whether a person should look at it.
    public static boolean isBad(Verdict verdict) {
        return isWrong(verdict) || isLost(verdict);
    }
}
