package dev.assay.engine.run;

import dev.assay.HarnessException;

/// A backend plugin that cannot be loaded or opened.
public final class PluginException extends HarnessException {
    private static final long serialVersionUID = 1L;

    public PluginException(String what, String where, String fix) {
        super(what, where, fix);
    }

    public PluginException(String what, String where, String fix, Throwable cause) {
        super(what, where, fix, cause);
    }
}
