package dev.assay.engine.training;

/// What is wrong with a training.
///
/// @param kind how it was seen
/// @param step in which it was seen first
/// @param part of the step; empty where none can be named
/// @param operator empty where none can be named
/// @param what in words, with the value
public record ParityFinding(Kind kind, int step, String part, String operator, String what) {
    /// How something was seen.
    public enum Kind {
        /// An operator's outputs are not within their bounds on the inputs that it had.
        OPERATOR("operator"),
        /// Loss, gradients or parameters are farther from f64 than a right device's can be.
        SPREAD("spread"),
        /// A value is no finite number.
        DIVERGED("diverged"),
        /// A call threw.
        ERROR("error"),
        /// The backend does not take a call.
        UNSUPPORTED("unsupported");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /// As tables write it.
        public String word() {
            return word;
        }
    }

    ParityFinding with(String more) {
        return new ParityFinding(kind, step, part, operator, what + more);
    }

    /// Step, operator and what is wrong, in one line.
    public String line() {
        String where = part.isEmpty() ? "" : ", " + part + (operator.isEmpty() ? "" : " (" + operator + ")");
        return kind.word() + " in step " + step + where + ": " + what;
    }
}
