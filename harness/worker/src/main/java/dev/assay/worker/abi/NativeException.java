package dev.assay.worker.abi;

/// Something failed in a C library, in the words of its `last_error`.
public final class NativeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NativeException(String what) {
        super(what);
    }
}
