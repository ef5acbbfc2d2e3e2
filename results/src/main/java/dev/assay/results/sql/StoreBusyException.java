package dev.assay.results.sql;

import dev.assay.HarnessException;

/// A store cannot be used now, and may be later; what was stored before is intact.
public final class StoreBusyException extends HarnessException {
    private static final long serialVersionUID = 1L;

    public StoreBusyException(String what, String where, String fix, Throwable cause) {
        super(what, where, fix, cause);
    }

    public StoreBusyException(String what, String where, String fix) {
        super(what, where, fix);
    }
}
