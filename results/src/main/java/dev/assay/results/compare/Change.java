package dev.assay.results.compare;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.results.Word;
import java.util.Locale;

/// How a case differs between two runs. The order is the one in which reports list them.
public enum Change implements Word {
    /// It passed before and does not any more, or was refused before and is wrong now.
    BROKEN,
    /// It ended otherwise before and passes now.
    FIXED,
    /// Only the candidate has it.
    NEW,
    /// Only the base has it.
    MISSING,
    /// Slower by more than the margin.
    REGRESSED,
    /// Slower, but not shown to be slower by more than the margin.
    SLOWER,
    /// Shown to differ by less than the margin.
    SAME,
    /// Faster, but not shown to be faster by more than the margin.
    FASTER,
    /// Faster by more than the margin.
    IMPROVED,
    /// The times allow more than one of these answers.
    INCONCLUSIVE,
    /// The two were not measured under the same conditions.
    INCOMPARABLE,
    /// Rounds are too few, or the machine too noisy, for a change of the size asked for to be seen.
    UNMEASURABLE;

    /// The word in files: `inconclusive`.
    @JsonValue
    @Override
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The change with this word. Throws IllegalArgumentException for any other.
    @JsonCreator
    public static Change of(String word) {
        for (Change change : values()) {
            if (change.word().equals(word)) {
                return change;
            }
        }
        throw new IllegalArgumentException("no change '" + word + "'");
    }

    /// Whether it is about the result of a case, and not about its time.
    public boolean isCorrectness() {
        return compareTo(MISSING) <= 0;
    }
}
