package dev.assay.tck.rules;

/// One rule of the plugin interface.
public abstract class Rule {
    private final String number;
    private final String statement;
    private final String why;
    private final String how;

    /// @param number `C01` and so on, stable for ever
    /// @param statement what is asked, as a sentence without its full stop
    /// @param why what goes wrong where it is broken
    /// @param how it is checked
    Rule(String number, String statement, String why, String how) {
        this.number = number;
        this.statement = statement;
        this.why = why;
        this.how = how;
    }

    public final String number() {
        return number;
    }

    public final String statement() {
        return statement;
    }

    public final String why() {
        return why;
    }

    public final String how() {
        return how;
    }

    /// Whether it runs kernels: those rules say nothing about a backend that cannot be run at all.
    public boolean runsKernels() {
        return false;
    }

    /// Looks at a backend. Whatever is thrown here is the backend's.
    abstract Outcome look(Candidate candidate);

    /// Looks at a backend. Throws nothing that a plugin throws.
    public final Outcome check(Candidate candidate) {
        candidate.at(candidate.id());
        try {
            return look(candidate);
        } catch (Found found) {
            return found.outcome();
        } catch (RuntimeException | Error e) {
            return new Outcome.Violated(
                    Thrown.told(e), candidate.where(), "let it do what " + number + " asks: " + statement);
        }
    }

    @Override
    public final String toString() {
        return number + " " + statement;
    }
}
