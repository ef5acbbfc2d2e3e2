package dev.assay.results;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// How a planned case ended. Raw, always: a waiver is applied by a gate and never written over a verdict.
public enum Verdict implements Word {
    /// Every layer of the judge found the output right, and some layer could have found it wrong.
    PASS,
    /// A layer found it wrong.
    FAIL,
    /// The backend refused the call beforehand, with a reason.
    UNSUPPORTED,
    /// Nothing could have failed.
    VACUOUS,
    /// Wrong once and right another time on the same input.
    UNSTABLE,
    /// The backend or the harness threw.
    ERROR,
    /// The process that ran it ended.
    CRASH,
    /// It did not end in time.
    TIMEOUT,
    /// It asked for more memory than there is.
    OUT_OF_MEMORY,
    /// It was not run: announced by the plan, or not reached.
    NOT_RUN;

    /// Whether the result is wrong.
    public boolean isWrong() {
        return this == FAIL || this == UNSTABLE || this == ERROR;
    }

    /// Whether the case did not end by itself.
    public boolean isLost() {
        return this == CRASH || this == TIMEOUT || this == OUT_OF_MEMORY;
    }

    /// Whether a person should look at it.
    public boolean isBad() {
        return isWrong() || isLost();
    }

    /// The word in files: `out_of_memory`.
    @JsonValue
    @Override
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The verdict with this word. Throws IllegalArgumentException for any other.
    @JsonCreator
    public static Verdict of(String word) {
        for (Verdict verdict : values()) {
            if (verdict.word().equals(word)) {
                return verdict;
            }
        }
        throw new IllegalArgumentException("no verdict '" + word + "'");
    }
}
