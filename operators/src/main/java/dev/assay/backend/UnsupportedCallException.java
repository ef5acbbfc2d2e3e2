package dev.assay.backend;

/// Thrown by [Backend#prepare] for a call that the backend does not run.
public final class UnsupportedCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnsupportedCallException(String reason) {
        super(reason);
    }
}
