package dev.assay.results;

import dev.assay.HarnessException;

/// A file of a run cannot be written now, for want of room or of permission; what was written before is intact.
public final class StorageException extends HarnessException {
    private static final long serialVersionUID = 1L;

    StorageException(String what, String where, Throwable cause) {
        super(what, where, "make room, then go on with --resume; what is there stays", cause);
    }
}
