package dev.assay.results;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// What a published criterion says of an output. Information only: it never changes a [Verdict].
public enum Ruling implements Word {
    /// It would accept the output.
    PASS,
    /// It would reject the output.
    FAIL,
    /// It says nothing about such an output, or what it needs is not there.
    NOT_APPLICABLE;

    /// The word in files: `not_applicable`.
    @JsonValue
    @Override
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The ruling with this word. Throws IllegalArgumentException for any other.
    @JsonCreator
    public static Ruling of(String word) {
        for (Ruling ruling : values()) {
            if (ruling.word().equals(word)) {
                return ruling;
            }
        }
        throw new IllegalArgumentException("no ruling '" + word + "'");
    }
}
