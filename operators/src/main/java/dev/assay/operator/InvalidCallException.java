package dev.assay.operator;

import dev.assay.HarnessException;

/// A call that the operator does not define: sizes that do not match, an attribute out of range.
public final class InvalidCallException extends HarnessException {
    private static final long serialVersionUID = 1L;

    public InvalidCallException(String what, String where, String fix) {
        super(what, where, fix);
    }
}
