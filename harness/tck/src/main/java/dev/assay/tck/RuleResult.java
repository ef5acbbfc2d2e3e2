package dev.assay.tck;

import dev.assay.tck.rules.Rule;

/// What became of a rule.
///
/// @param sentence what was looked at, what is wrong and where, or why there was nothing to check
public record RuleResult(Rule rule, Kind kind, String sentence) {

    /// Words for it.
    public enum Kind {
        OK("ok"),
        VIOLATED("violated"),
        /// The process ended while the rule was checked.
        CRASH("crash"),
        /// The rule was not checked within its time.
        TIMEOUT("timeout"),
        NOT_APPLICABLE("n/a");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }

        /// Whether the process that checked the rule is gone.
        boolean isLost() {
            return this == CRASH || this == TIMEOUT;
        }
    }
}
