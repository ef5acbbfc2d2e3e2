package dev.assay.tck.rules;

/// What a rule found.
public sealed interface Outcome {
    /// One line for people.
    String sentence();

    /// The rule is kept.
    ///
    /// @param sentence what was looked at: `12 calls`
    record Ok(String sentence) implements Outcome {}

    /// The rule is broken.
    ///
    /// @param what happened
    /// @param where the call, the option or the method
    /// @param fix one action
    record Violated(String what, String where, String fix) implements Outcome {
        @Override
        public String sentence() {
            String text = what + " (where: " + where + "; fix: " + fix + ")";
            return text.replaceAll("[\\s\\p{Cntrl}]+", " ");
        }
    }

    /// There is nothing that the rule could be checked on.
    ///
    /// @param sentence why
    record NotApplicable(String sentence) implements Outcome {}
}
