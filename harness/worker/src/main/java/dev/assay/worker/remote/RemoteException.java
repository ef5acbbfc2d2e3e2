package dev.assay.worker.remote;

/// Something failed in a worker, which goes on.
public final class RemoteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RemoteException(String what) {
        super(what);
    }

    /// The trace of our side says nothing.
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
