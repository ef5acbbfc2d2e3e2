package dev.assay.results;

import java.util.Locale;

/// What became of a mutant: a kernel with a planted fault, on one case.
public enum Fate implements Word {
    /// The judge objected to it.
    KILLED,
    /// The judge found nothing, though its outputs are not those of a right kernel.
    SURVIVED,
    /// Nothing could be found: it computes, bit for bit, what a right kernel computes.
    EQUIVALENT,
    /// The kernel refused the call.
    UNSUPPORTED,
    /// The kernel or the judge threw.
    ERROR;

    /// The word in files.
    @Override
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The fate with this word. Throws IllegalArgumentException for any other.
    public static Fate of(String word) {
        for (Fate fate : values()) {
            if (fate.word().equals(word)) {
                return fate;
            }
        }
        throw new IllegalArgumentException("no fate '" + word + "'");
    }
}
