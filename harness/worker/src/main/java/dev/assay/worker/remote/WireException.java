package dev.assay.worker.remote;

/// A message that the protocol does not allow.
final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WireException(String what) {
        super(what);
    }
}
