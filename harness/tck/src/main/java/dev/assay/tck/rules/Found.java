package dev.assay.tck.rules;

/// Ends a rule early, from wherever its outcome is known.
final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Outcome outcome;

    private Found(Outcome outcome) {
        super(outcome.sentence(), null, false, false);
        this.outcome = outcome;
    }

    static Found violation(String what, String where, String fix) {
        return new Found(new Outcome.Violated(what, where, fix));
    }

    static Found notApplicable(String reason) {
        return new Found(new Outcome.NotApplicable(reason));
    }

    Outcome outcome() {
        return outcome;
    }
}
