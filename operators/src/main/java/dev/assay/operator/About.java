package dev.assay.operator;

import java.util.Locale;

/// What a person needs to know of an operator before reading its file.
///
/// @param formula what it computes, in one line without a full stop: `Y = 1 / (1 + exp(-X))`
/// @param source of its semantics: `ONNX Sigmoid-13`, or the serving stack that defines it
/// @param errors how its results may differ from exact ones
public record About(String formula, String source, Errors errors) {

    /// How results may differ from exact ones.
    public enum Errors {
        /// Not at all.
        EXACT("one right value, bit for bit"),
        /// By a few roundings of each element alone.
        ELEMENTWISE("a few roundings of the element"),
        /// By the roundings of one sum.
        REDUCTION("the roundings of a sum"),
        /// By what goes through several steps.
        COMPOSITE("errors of several steps, propagated"),
        /// By one step of the grid where a value lies next to its border.
        QUANTISING("exact but at the border between two codes"),
        /// In which of several equal elements is chosen.
        INDEX("exact; ties as the operator says"),
        /// As random numbers do.
        STATISTICAL("a distribution, tested");

        private final String meaning;

        Errors(String meaning) {
            this.meaning = meaning;
        }

        public String meaning() {
            return meaning;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
