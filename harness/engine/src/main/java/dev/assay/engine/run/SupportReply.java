package dev.assay.engine.run;

/// Whether a backend runs a call, as it said.
///
/// @param answer what came of asking
/// @param reason of a refusal, or of there being no answer; empty for a call that is supported
public record SupportReply(Answer answer, String reason) {

    /// What came of asking.
    public enum Answer {
        /// It runs the call.
        SUPPORTED,
        /// It refused the call, with a reason.
        UNSUPPORTED,
        /// It threw, or gave no answer that makes sense.
        ERROR,
        /// Its process ended.
        CRASH,
        /// It did not answer in time.
        TIMEOUT;

        /// In tables and files: lower case.
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
