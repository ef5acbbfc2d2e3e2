package dev.assay.cli;

import dev.assay.HarnessException;

/// This machine, or this build, is not the one that is needed.
final class EnvironmentException extends HarnessException {
    private static final long serialVersionUID = 1L;

    EnvironmentException(String what, String where, String fix) {
        super(what, where, fix);
    }
}
