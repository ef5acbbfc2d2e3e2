package dev.assay;

/// An expected failure, told as what happened, where, and how to fix it.
///
/// Printed without a stack trace: the user or a plugin author can mend the cause. Anything else that is thrown is
/// our own bug and keeps its trace.
public class HarnessException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String what;
    private final String where;
    private final String fix;

    /// @param what quotes the offending value
    /// @param where file and line, field, case id or option
    /// @param fix one action; lists what exists
    public HarnessException(String what, String where, String fix) {
        this.what = what;
        this.where = where;
        this.fix = fix;
    }

    /// As above, keeping what caused it.
    public HarnessException(String what, String where, String fix, Throwable cause) {
        super(cause);
        this.what = what;
        this.where = where;
        this.fix = fix;
    }

    public String what() {
        return what;
    }

    public String where() {
        return where;
    }

    public String fix() {
        return fix;
    }

    /// Three lines: what, where, fix.
    @Override
    public String getMessage() {
        return what + "\n  where: " + where + "\n  fix:   " + fix;
    }

    /// The same on one line, for a result row.
    public String oneLine() {
        return what + " (where: " + where + "; fix: " + fix + ")";
    }
}
