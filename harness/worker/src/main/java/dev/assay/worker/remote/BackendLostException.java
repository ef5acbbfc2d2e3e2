package dev.assay.worker.remote;

/// The process of a backend is gone. Whatever was prepared in it is gone with it; the backend has to be opened anew.
public final class BackendLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /// Why it is gone.
    public enum Kind {
        /// It ended by itself, or was killed by somebody else.
        CRASH,
        /// It kept silent longer than it may, and was killed.
        TIMEOUT,
        /// It sent what the protocol does not allow, and was killed.
        VIOLATION
    }

    BackendLostException(Kind kind, String how) {
        super(how);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /// What happened, in a sentence: signal or exit code, the last words of the process.
    public String how() {
        return String.valueOf(getMessage());
    }
}
